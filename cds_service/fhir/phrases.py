"""Short vascular phrases: which vessel, side, treatment and lesion belong together in one clause.

Knows clauses such as a code's text or a short note; whole notes are beyond it. What it cannot bind it leaves open,
for a question; what is planned, denied, past or attempted is not what was done.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.scopes import is_denied, is_doubtful_treatment, is_old_stent, is_optional, is_past, unused
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon, Token

LONGEST_PHRASE = 1000
_LONGEST_NAME = 120
_SENTENCE = re.compile(r"(?<=[a-z0-9%)])[.;](?=\s|$)|\n+|;", re.IGNORECASE)
_SEPARATOR = re.compile(r",|;|/|&|\+|\band\b|\bwith\b|\bplus\b|\bthen\b|\bfollowed\s+by\b", re.IGNORECASE)
_ABBREVIATIONS = re.compile(r"\b(?:a|r|l|art|com|ext|int|rt|lt|bilat|vs)\.$", re.IGNORECASE)
_ODD_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-"})
_WORD = re.compile(r"[A-Za-z]{3,}")
# "..., separate from the common iliac lesion" says nothing of the common iliac.
_APART_FROM = re.compile(r"\b(?:separate|distinct|remote|apart|discrete|different)\s+from\b[^,;.()]*", re.IGNORECASE)
_REMARKS = frozenset({"other-artery", "occluding-device", "thrombus-work"})
_NOT_THE_PATIENTS = (cue("of-others"), cue("no-record"))
_ELSEWHERE = ("other-artery", "vein", "not-a-vessel")

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What one clause says. `lesions` holds stenosis, occlusion, subtotal, in-stent and acute as they were said.

    `denied` are lesions said not to be there. `scopes` names what colours the clause: uncertain, planned, failed.
    `away` names what takes it out of the family: vein, aneurysm and the like. `loose` are words nobody here knows.
    `mixed`: two legs and two treatments that cannot be told apart.
    """

    quote: str
    places: tuple[Place, ...]
    treatments: frozenset[str]
    lesions: frozenset[str]
    denied: frozenset[str]
    scopes: frozenset[str]
    away: frozenset[str]
    sides: tuple[Side, ...]
    loose: frozenset[str]
    mixed: bool

    @property
    def is_done(self) -> bool:
        """True for a clause that tells of treatment which was carried out in the family's vessels."""
        return not self.is_elsewhere and not self.scopes & {"planned", "failed", "doubtful-treatment"}

    @property
    def is_elsewhere(self) -> bool:
        """True when what the clause tells of is not, or not surely, work in an artery of a leg.

        Another artery, a clot or an occluding device beside the one leg artery named is a remark.
        """
        return bool(self.away) and not (self.away <= _REMARKS and len(self.places) == 1)


_EITHER = re.compile(
    r"\b(?:angioplasty|PTA|POBA|balloon)\s*(?:/|\bor\b|and\s*/\s*or)\s*stent|\bstent\w*\s*(?:/|\bor\b|and\s*/\s*or)\s*"
    r"(?:angioplasty|PTA|POBA|balloon)",
    re.IGNORECASE,
)
"""Words for a kind of work, in which one treatment or the other is done: "ILIAC ANGIOPLASTY / STENT"."""


def read_clauses(text: str, lexicon: Lexicon) -> tuple[Clause, ...]:
    """The clauses of a short text that name anything of the vocabulary; a longer text is no phrase and has none."""
    if len(text) > LONGEST_PHRASE:
        return ()
    return _remembered(text, lexicon) if len(text) <= _LONGEST_NAME else _clauses(text, lexicon)


@lru_cache(maxsize=8192)
def _remembered(text: str, lexicon: Lexicon) -> tuple[Clause, ...]:
    """The names of codes come again and again, within a chart and between charts; longer texts are not kept."""
    return _clauses(text, lexicon)


def _clauses(text: str, lexicon: Lexicon) -> tuple[Clause, ...]:
    out: list[Clause] = []
    plain = _APART_FROM.sub(lambda m: " " * len(m.group()), text.translate(_ODD_SPACES))
    for sentence in _sentences(plain):
        tokens = lexicon.scan(sentence)
        if tokens and not any(said.search(sentence) for said in _NOT_THE_PATIENTS):
            out += [_clause(sentence, part, tokens, lexicon) for part in _split(sentence, tokens)]
    return tuple(out)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE.finditer(text):
        if match.group().startswith(".") and _ABBREVIATIONS.search(text[start : match.end()]):
            continue
        yield text[start : match.start()].strip()
        start = match.end()
    yield text[start:].strip()


def _split(sentence: str, tokens: Sequence[Token]) -> list[list[Token]]:
    """Part a sentence at a comma or "and" where both sides name a vessel and a treatment of their own."""
    cuts = [m.start() for m in _SEPARATOR.finditer(sentence) if all(not t.start <= m.start() < t.end for t in tokens)]
    cuts = sorted({*cuts, *(t.start for t in tokens if t.kind == "break")})
    parts, rest = [], list(tokens)
    for number, cut in enumerate(cuts):
        left = [t for t in rest if t.end <= cut]
        right = [t for t in rest if t.start >= cut]
        following = cuts[number + 1] if number + 1 < len(cuts) else len(sentence)
        near = [t for t in right if t.end <= following]
        if _complete(left) and (_complete(near) or (_complete(right) and _order(left) == _order(right))):
            parts.append(left)
            rest = right
    return [*parts, rest]


def _is_place(token: Token) -> bool:
    return token.kind == "vessel" or (token.kind == "away" and token.value in _ELSEWHERE)


def _complete(tokens: Sequence[Token]) -> bool:
    return any(_is_place(t) for t in tokens) and any(t.kind == "treatment" for t in tokens)


def _order(tokens: Sequence[Token]) -> str:
    return next("place" if _is_place(t) else t.kind for t in tokens if _is_place(t) or t.kind == "treatment")


def _clause(sentence: str, tokens: Sequence[Token], everything: Sequence[Token], lexicon: Lexicon) -> Clause:
    lesions = [t for t in tokens if t.kind == "lesion" and not is_past(t, tokens, sentence)]
    denied = [t for t in lesions if is_denied(t, tokens, sentence)]
    treatments = [t for t in tokens if t.kind == "treatment"]
    done = [t for t in treatments if not is_denied(t, tokens, sentence) and not is_past(t, tokens, sentence)]
    old = [t for t in done if t.value == "stent" and is_old_stent(t, tokens, sentence)]
    spared = [unused(t, sentence) for t in treatments]
    reaching = [t for t in tokens if t.kind == "scope" and not any(a <= t.start < b for a, b in spared)]
    scopes = {t.value for t in reaching if t.value not in ("negated", "history")}
    if tokens and any(t.kind == "scope" and t.value == "planned" and t.end <= tokens[0].start for t in everything):
        scopes.add("planned")
    if any(is_doubtful_treatment(t, tokens, sentence) for t in done if t not in old):
        scopes.add("doubtful-treatment")
    away = [t for t in tokens if t.kind == "away" and t.value != "access" and not is_denied(t, tokens, sentence)]
    named = {t.value for t in done if t not in old}
    optional = any(t.value == "stent" and is_optional(t, sentence) for t in treatments)
    exact = any(t.kind == "vessel" and not t.value.endswith("/") for t in everything)
    if (named == {"angioplasty"} and optional) or (
        named == {"angioplasty", "stent"} and not exact and _EITHER.search(sentence)
    ):
        named = {"unclear"}
    sides = {t.value for t in tokens if t.kind == "side"}
    vessels = [t for t in tokens if t.kind == "vessel"]
    return Clause(
        quote=_quote(sentence, tokens),
        places=tuple(dict.fromkeys(_places(tokens, everything, sentence))),
        treatments=frozenset(named),
        lesions=frozenset(t.value for t in lesions if t not in denied) | ({"in-stent"} if old else set()),
        denied=frozenset(t.value for t in denied),
        scopes=frozenset(scopes),
        away=frozenset(t.value for t in away),
        sides=_all_sides(tokens),
        loose=_loose_words(sentence, tokens, everything, lexicon),
        mixed=len(sides) > 1 and {"stent", "angioplasty"} <= named and len(vessels) < len(sides),
    )


def _loose_words(
    sentence: str, tokens: Sequence[Token], everything: Sequence[Token], lexicon: Lexicon
) -> frozenset[str]:
    """Words of this part of the sentence that neither a term nor the list of neutral words explains."""
    others = [t for t in everything if t not in tokens]
    start = max((t.end for t in others if t.end <= tokens[0].start), default=0) if tokens else 0
    end = min((t.start for t in others if t.start >= tokens[-1].end), default=len(sentence)) if tokens else 0
    found = set()
    for match in _WORD.finditer(sentence, start, end):
        word = match.group().lower()
        if word not in lexicon.neutral and all(match.end() <= t.start or match.start() >= t.end for t in tokens):
            found.add(word)
    return frozenset(found)


def _quote(sentence: str, tokens: Sequence[Token]) -> str:
    """The sentence, or of a long one the stretch its tokens span."""
    if len(sentence) <= 160 or not tokens:
        return sentence
    return sentence[max(0, tokens[0].start - 20) : tokens[-1].end + 20].strip()


def _places(tokens: Sequence[Token], everything: Sequence[Token], sentence: str) -> Iterator[Place]:
    """Each vessel named, with the side nearest before it, else the clause's or the sentence's only side."""
    vessels = [t for t in tokens if t.kind == "vessel"]
    named = [t for t in vessels if not t.value.endswith("/")]
    segment = _segment(vessels, everything, sentence)
    for token in named or vessels:
        territory, vessel = token.value.split("/")
        sides = _side_of(token, tokens) or _all_sides(everything)
        yield Territory(territory), Vessel(vessel) if vessel else segment, sides


_SEGMENTS = {"com": Vessel.COMMON_ILIAC, "ext": Vessel.EXTERNAL_ILIAC, "int": Vessel.INTERNAL_ILIAC}
_SEGMENT_WORD = re.compile(r"\b(com|ext|int)(?:m|mon|ern|ernal)?\b\.?", re.IGNORECASE)
_LAST = re.compile(
    r"(?=\s*(?:$|[,;:/()\[\]-]|(?:right|left|rt|lt|r|l|art\w*|segment|uni\w*|bi\w*|initial|add\w*|each|ea|occlu\w*|steno\w*)\b))",
    re.IGNORECASE,
)


def _segment(vessels: Sequence[Token], everything: Sequence[Token], sentence: str) -> Vessel | None:
    """The segment of a sentence's only iliac artery, where lists of names put it last, as in "ILIAC STENT COMMON"."""
    if [t.value for t in vessels] != ["iliac/"] or sum(t.kind == "vessel" for t in everything) != 1:
        return None
    taken = [(t.start, t.end) for t in everything]
    after = _SEGMENT_WORD.finditer(sentence, vessels[0].end)
    found = [m for m in after if not any(a <= m.start() < b for a, b in taken)]
    if len(found) != 1 or not _LAST.match(sentence, found[0].end()):
        return None
    return _SEGMENTS[found[0].group(1).lower()]


def _side_of(vessel: Token, tokens: Sequence[Token]) -> tuple[Side, ...]:
    before = [t for t in tokens if t.kind == "side" and t.end <= vessel.start]
    if before:
        return _sides(before[-1].value)
    after = [t for t in tokens if t.kind == "side" and t.start >= vessel.end]
    return _sides(after[0].value) if after else ()


def _all_sides(tokens: Iterable[Token]) -> tuple[Side, ...]:
    """The side of a stretch of text when it names only one; right and left apart bind nothing."""
    values = {t.value for t in tokens if t.kind == "side"}
    return _sides(values.pop()) if len(values) == 1 else ()


def _sides(value: str) -> tuple[Side, ...]:
    return tuple(Side) if value == "bilateral" else (Side(value),)
