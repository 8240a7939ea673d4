"""Short vascular phrases: which vessel, side, treatment and lesion belong together in one clause.

Knows clauses such as a code's text or a charge line's words; whole notes are beyond it. What it cannot bind it
leaves open, for a question.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.knowledge.terms import Lexicon, Token

_SENTENCE = re.compile(r"(?<=[a-z0-9%)])[.;](?=\s|$)|\n+|;", re.IGNORECASE)
_SEPARATOR = re.compile(r",|;|/|&|\+|\band\b|\bwith\b|\bplus\b", re.IGNORECASE)
_NEGATION_REACH = 40
LONGEST_PHRASE = 1000
_ABBREVIATIONS = re.compile(r"\b(?:a|r|l|art|com|ext|int|rt|lt|bilat|vs)\.$", re.IGNORECASE)

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What one clause says. `lesions` holds stenosis, occlusion, subtotal, in-stent and acute as they were said.

    `scopes` names what colours the whole clause: uncertain, planned, failed, history. `away` names what takes it out
    of the family: vein, aneurysm and the like.
    """

    quote: str
    places: tuple[Place, ...]
    treatments: frozenset[str]
    lesions: frozenset[str]
    scopes: frozenset[str]
    away: frozenset[str]
    sides: tuple[Side, ...]


def read_clauses(text: str, lexicon: Lexicon) -> list[Clause]:
    """The clauses of a short text that name anything of the vocabulary; a longer text is no phrase and has none."""
    out: list[Clause] = []
    if len(text) > LONGEST_PHRASE:
        return out
    for sentence in _sentences(text):
        tokens = lexicon.scan(sentence)
        if tokens:
            out += [_clause(sentence, part, tokens) for part in _split(sentence, tokens)]
    return out


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE.finditer(text):
        if match.group().startswith(".") and _ABBREVIATIONS.search(text[start : match.end()]):
            continue
        yield text[start : match.start()].strip()
        start = match.end()
    yield text[start:].strip()


def _split(sentence: str, tokens: Sequence[Token]) -> list[list[Token]]:
    """Part a sentence where both sides of a comma or "and" name a vessel and a treatment in the same order."""
    cuts = [m.start() for m in _SEPARATOR.finditer(sentence) if all(not t.start <= m.start() < t.end for t in tokens)]
    cuts += [t.start for t in tokens if t.kind == "break"]
    parts, rest = [], list(tokens)
    for cut in sorted(cuts):
        left = [t for t in rest if t.end <= cut]
        right = [t for t in rest if t.start >= cut]
        if _complete(left) and _complete(right) and _order(left) == _order(right):
            parts.append(left)
            rest = right
    return [*parts, rest]


def _complete(tokens: Sequence[Token]) -> bool:
    return {"vessel", "treatment"} <= {t.kind for t in tokens}


def _order(tokens: Sequence[Token]) -> str:
    return next(t.kind for t in tokens if t.kind in ("vessel", "treatment"))


def _clause(sentence: str, tokens: Sequence[Token], everything: Sequence[Token]) -> Clause:
    live = [t for t in tokens if not _scoped(t, tokens, sentence, ("negated", "history"))]
    said = frozenset(t.value for t in live if t.kind == "lesion")
    treatments = frozenset(t.value for t in live if t.kind == "treatment" and not _inside_in_stent(t, tokens))
    return Clause(
        quote=_quote(sentence, tokens),
        places=tuple(_places(tokens, everything)),
        treatments=treatments,
        lesions=said,
        scopes=frozenset(t.value for t in tokens if t.kind == "scope" and t.value not in ("negated", "history")),
        away=frozenset(t.value for t in live if t.kind == "away" and t.value != "access"),
        sides=_all_sides(tokens),
    )


def _quote(sentence: str, tokens: Sequence[Token]) -> str:
    """The stretch of the sentence the tokens span, with its first and last words whole."""
    start, end = tokens[0].start, tokens[-1].end
    whole = len(sentence) <= 160
    return sentence if whole else sentence[max(0, start - 20) : end + 20].strip()


def _inside_in_stent(token: Token, tokens: Iterable[Token]) -> bool:
    return token.value == "stent" and any(t.value == "in-stent" and t.start <= token.start <= t.end for t in tokens)


def _scoped(token: Token, tokens: Sequence[Token], sentence: str, names: Sequence[str]) -> bool:
    """True when a negation or a word of history shortly before reaches this lesion, treatment or device."""
    if token.kind not in ("lesion", "treatment", "away"):
        return False
    for scope in tokens:
        if scope.kind != "scope" or scope.value not in names or scope.end > token.start:
            continue
        between = sentence[scope.end : token.start]
        broken = re.search(r"[,;:]|\bbut\b|\bhowever\b|\bwith\b", between, re.IGNORECASE)
        if len(between) <= _NEGATION_REACH and not broken:
            return True
    return False


def _places(tokens: Sequence[Token], everything: Sequence[Token]) -> Iterator[Place]:
    """Each vessel named, with the side nearest before it, else the clause's or the sentence's only side."""
    vessels = [t for t in tokens if t.kind == "vessel"]
    named = [t for t in vessels if not t.value.endswith("/")]
    for token in named or vessels:
        territory, vessel = token.value.split("/")
        sides = _side_of(token, tokens) or _all_sides(everything)
        yield Territory(territory), Vessel(vessel) if vessel else None, sides


def _side_of(vessel: Token, tokens: Sequence[Token]) -> tuple[Side, ...]:
    before = [t for t in tokens if t.kind == "side" and t.end <= vessel.start]
    if before:
        return _sides(before[-1].value)
    after = [t for t in tokens if t.kind == "side" and t.start >= vessel.end]
    return _sides(after[0].value) if after else ()


def _all_sides(tokens: Sequence[Token]) -> tuple[Side, ...]:
    """The side of a stretch of text when it names only one; right and left apart bind nothing."""
    values = {t.value for t in tokens if t.kind == "side"}
    return _sides(values.pop()) if len(values) == 1 else ()


def _sides(value: str) -> tuple[Side, ...]:
    return tuple(Side) if value == "bilateral" else (Side(value),)
