"""What one sentence or row of a note says: its clauses, each with the places, lesions and treatments it names.

Knows passages and tokens. What "it" or "the lesion" stands for is the discourse's business.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.clauses import Part, parts_of
from cds_service.fhir.layout import Passage
from cds_service.fhir.polarity import How, how
from cds_service.fhir.scopes import is_denied, is_past
from cds_service.knowledge.terms import Token

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]

_ELSEWHERE = ("other-artery", "vein", "not-a-vessel")
_PASSING = re.compile(
    r"\b(?:reconstitut\w*|fill(?:s|ed|ing)?|collateral\w*|(?:out)?flow|run-?off|via|through|beyond|above|below|past|towards?|level\s+of|near"
    r"|opposite|adjacent|distal\s+to|proximal\s+to|up\s+to|down\s+to|as\s+far\s+as|spar(?:ed|ing)|preserv\w+|protect\w*|origins?\s+of|ostium\s+of|take-?off\s+of|flush\s+with"
    r"|access(?:ed)?|punctur(?:e|ed)|cannulat\w+|stick|sheath|introducer|closed?|closure|perclose|angio-?seal|mynx|prostyle|proglide|starclose|entered|cut-?down|haemostasis|hemostasis"
    r"|pulses?|palpable|doppler|signals?|crossing\s+of|junction\s+with)\b(?:\s+(?:in|of|the|a|an|at|to|from|into|by|via|of\s+the|and|both|right|left|R|L|Rt|Lt|distal|proximal|mid|normal|healthy|patent|native|widely))*\W*$",
    re.IGNORECASE,
)
_HANDLED = re.compile(
    r"^\W*(?:artery\s+)?(?:was\s+|were\s+|is\s+)?(?:access(?:ed)?|punctur\w*|cannulat\w*|stick|sheath|closed|closure|entered|cut-?down|pulse|signals?|doppler"
    r"|reconstitut\w*|fills|filled|bifurcation|origin)\b",
    re.IGNORECASE,
)
_DEFINITE = re.compile(r"\b(?:the|this|that|its|these|those|said|such)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|other|another|1st|2nd|more\s+distal|more\s+proximal|upper|lower|distal|proximal|remaining)\s+(?:\w+\s+){0,1}?(?:lesion|one|stenosis|occlusion|segment|site|vessel|artery)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(?:unable\s+to\s+(?:cross|pass|traverse|re-?enter|advance|recanali[sz]e)|could\s+not\s+be\s+(?:crossed|passed|traversed|recanali[sz]ed|wired|entered|negotiated|opened|treated)"
    r"|(?:could|would)\s+not\s+(?:cross|pass|be\s+made)|couldn['’]?t\s+(?:cross|pass|get)|not\s+(?:be\s+)?(?:crossed|crossable|passable|recanali[sz]ed)|failed?\s+(?:to\s+cross|crossing|recanali[sz]ation|attempt|attempts|passage|re-?entry)"
    r"|unsuccessful\w*|(?:was|were|then|and)\s+(?:abandoned|aborted)|gave\s+up|given\s+up|attempts?\s+(?:\w+\s+){0,5}?(?:failed|unsuccessful)|not\s+successful|uncrossable|wire\s+would\s+not|failure\s+to\s+cross|left\s+(?:alone|untreated))\b",
    re.IGNORECASE,
)
_MOST_AFTER = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One clause of a note. `treatments` and `lesions` as they were said; `start` and `end` are places in the text.

    `lesions` are those stated firmly, `denied` those said to be absent, `unsure` those in doubt. `definite` are
    lesions that refer back ("the occlusion"). `after`: what is said is how it looked after treatment.
    """

    passage: Passage
    start: int
    end: int
    places: tuple[Place, ...] = ()
    sides: tuple[Side, ...] = ()
    treatments: frozenset[tuple[str, How]] = frozenset()
    lesions: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    definite: frozenset[str] = frozenset()
    refers: frozenset[str] = frozenset()
    failed: bool = False
    worked: bool = False
    bridging: bool = False
    ordinal: bool = False
    elsewhere: frozenset[str] = frozenset()

    @property
    def has_content(self) -> bool:
        """True when it says anything of a lesion or a treatment."""
        return bool(self.treatments or self.lesions or self.denied or self.unsure or self.failed)


def sayings_of(passage: Passage, tokens: Sequence[Token], text: str, *, iliac: bool) -> Iterator[Saying]:
    """The clauses of a passage; `tokens` are the whole text's within it. `iliac`: short names mean iliac arteries."""
    sentence = text[passage.start : passage.end]
    own = [replace(t, start=t.start - passage.start, end=t.end - passage.start) for t in tokens]
    own = [t for t in own if t.kind != "short" or iliac]
    own = _unticked(sentence, own)
    anchors = [t for t in own if _is_anchor(t) and not _is_passing(sentence, t, own)]
    own = [t for t in own if not _is_anchor(t) or t in anchors]
    for part in parts_of(sentence, own, anchors):
        yield saying_of(passage, sentence, part, own)


def _is_anchor(token: Token) -> bool:
    return token.kind in ("vessel", "short") or (token.kind == "away" and token.value in _ELSEWHERE)


def _is_passing(sentence: str, token: Token, tokens: Sequence[Token]) -> bool:
    """True for a vessel that is only a landmark, a way in, or where flow goes."""
    before, after = sentence[: token.start], sentence[token.end :]
    if token.value.startswith("iliac/"):
        return bool(_PASSING.search(before)) and any(_is_anchor(t) for t in tokens if t.end <= token.start)
    return bool(_PASSING.search(before) or _HANDLED.match(after))


_BOX = re.compile(r"\[\s*([xX✓✔]?)\s*\]|([☐☑☒])")


def _unticked(sentence: str, tokens: list[Token]) -> list[Token]:
    """Tokens less those of a form's options that nobody ticked."""
    boxes = [(m.start(), m.end(), bool(m.group(1)) or m.group(2) in ("☑", "☒")) for m in _BOX.finditer(sentence)]
    if not boxes:
        return tokens
    leading = not sentence[: boxes[0][0]].strip() or sentence[: boxes[0][0]].rstrip().endswith(":")
    dropped: list[tuple[int, int]] = []
    for number, (start, end, ticked) in enumerate(boxes):
        if ticked:
            continue
        if leading:
            dropped.append((end, boxes[number + 1][0] if number + 1 < len(boxes) else len(sentence)))
        else:
            begin = boxes[number - 1][1] if number else sentence.rfind(":", 0, start) + 1
            dropped.append((begin, start))
    return [t for t in tokens if not any(a <= t.start < b for a, b in dropped)]


def saying_of(passage: Passage, sentence: str, part: Part, tokens: Sequence[Token]) -> Saying:
    """What one clause says; `tokens` are those of the whole sentence."""
    everywhere = _sides(tokens)
    start = min((t.start for t in part.tokens), default=0)
    begin = max((t.end for t in tokens if t.end <= start), default=0)
    last = max((t.end for t in part.tokens), default=len(sentence))
    end = min((t.start for t in tokens if t.start >= last), default=len(sentence))
    clause = (begin, end)
    words = sentence[begin:end]
    lesions = [t for t in part.tokens if t.kind == "lesion" and not is_past(t, tokens, sentence)]
    treatments = frozenset((t.value, how(t, tokens, clause, sentence)) for t in part.tokens if t.kind == "treatment")
    firm, denied, unsure, definite = _lesions(sentence, part, tokens, lesions, passage)
    elsewhere = {t.value for t in part.tokens if t.kind == "away" and t.value != "access"}
    elsewhere -= {t.value for t in part.tokens if t.kind == "away" and is_denied(t, tokens, sentence)}
    return Saying(
        passage=passage,
        start=passage.start + (begin if part.tokens else 0),
        end=passage.start + end,
        places=tuple(dict.fromkeys(_places(sentence, part, everywhere))),
        sides=_sides(part.tokens) or everywhere,
        treatments=treatments,
        lesions=frozenset(firm),
        denied=frozenset(denied),
        unsure=frozenset(unsure),
        definite=frozenset(definite),
        refers=frozenset(t.value for t in part.tokens if t.kind == "refer"),
        failed=bool(_FAILED.search(words)),
        worked=any(t.kind == "work" for t in part.tokens),
        bridging=any(t.kind == "bridge" for t in tokens),
        ordinal=bool(_ORDINAL.search(words)),
        elsewhere=frozenset(elsewhere),
    )


def _lesions(
    sentence: str, part: Part, tokens: Sequence[Token], lesions: Sequence[Token], passage: Passage
) -> tuple[set[str], set[str], set[str], set[str]]:
    firm: set[str] = set()
    denied: set[str] = set()
    unsure: set[str] = set()
    definite: set[str] = set()
    doubtful = [t for t in tokens if t.kind == "scope" and t.value == "uncertain"]
    for token in lesions:
        if is_denied(token, tokens, sentence):
            denied.add(token.value)
        elif passage.section == "result" or _is_after(token, tokens, sentence):
            continue
        elif token.value in ("in-stent", "acute"):
            firm.add(token.value)
        elif any(_in_reach(s, token, sentence) for s in doubtful):
            unsure.add(token.value)
        elif _DEFINITE.search(sentence[: token.start]):
            definite.add(token.value)
        else:
            firm.add(token.value)
    if not {*firm, *denied, *unsure, *definite} - {"in-stent", "acute"} and passage.section != "result":
        firm |= _percent(sentence, part, tokens)
    return firm, denied, unsure, definite


def _in_reach(scope: Token, lesion: Token, sentence: str) -> bool:
    between = sentence[min(scope.end, lesion.end) : max(scope.start, lesion.start)]
    return len(between) < 45 and not re.search(r"[,;]", between)


def _is_after(token: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True for a lesion spoken of as it looked after treatment."""
    for mark in tokens:
        if mark.kind == "completion" and mark.end <= token.start <= mark.end + _MOST_AFTER:
            if not re.search(r"[;]|\bthen\b", sentence[mark.end : token.start]):
                return True
        near = mark.kind == "completion" and token.end <= mark.start <= token.end + 15
        if near and re.fullmatch(r"[\s,]*(?:was|is|of|were)?\s*", sentence[token.end : mark.start]):
            return True
    return False


_PERCENT_BY = re.compile(r"^\s*(?:\w+\s+){0,3}?(?:lesions?|disease|plaques?|blockages?|block|narrow\w*|ostial|proximal|mid|distal)\b", re.IGNORECASE)


def _percent(sentence: str, part: Part, tokens: Sequence[Token]) -> set[str]:
    """A bare percentage beside a vessel says how narrow it was; after an arrow, or after treatment, how it ended."""
    out: set[str] = set()
    done = min((t.start for t in part.tokens if t.kind == "treatment"), default=len(sentence))
    for token in part.tokens:
        if token.kind != "percent" or token.start > done or _is_after(token, tokens, sentence):
            continue
        before = sentence[: token.start]
        beside = any(re.fullmatch(r"[\s:(,=|-]*(?:is|was|are|were)?[\s:(]*", before[a.end :]) for a in part.anchors if a.end <= token.start)
        if not (beside or _PERCENT_BY.match(sentence[token.end :])) or re.search(r"(?:->|→|to)\s*$", before):
            continue
        out.add("occlusion" if sentence[token.start : token.end].startswith("100") else "stenosis")
        break
    return out


def _places(sentence: str, part: Part, everywhere: tuple[Side, ...]) -> Iterator[Place]:
    anchors = [t for t in part.anchors if t.kind in ("vessel", "short")]
    specific = [t for t in anchors if not t.value.endswith("/")]
    kissing = re.search(r"\bkissing\b", sentence[part.tokens[0].start : part.tokens[-1].end], re.IGNORECASE) if part.tokens else None
    for token in specific or anchors:
        territory, vessel = token.value.split("/")
        sides = _side_of(token, part, sentence) or everywhere
        if kissing and territory == "iliac" and not vessel:
            yield Territory.ILIAC, Vessel.COMMON_ILIAC, tuple(Side)
        else:
            yield Territory(territory), Vessel(vessel) if vessel else None, sides


def _side_of(vessel: Token, part: Part, sentence: str) -> tuple[Side, ...]:
    sides = [t for t in part.tokens if t.kind == "side"]
    after = next((t for t in sides if t.start >= vessel.end), None)
    if after is not None and re.fullmatch(r"[\s,(]*(?:(?:artery|on|of|the|side|in|at|leg|stenosis|occlusion)\s*)*[\s,(]*", sentence[vessel.end : after.start]):
        before_close = [t for t in sides if t.end <= vessel.start and vessel.start - t.end <= 2]
        if not before_close:
            return _named(after.value)
    before = [t for t in sides if t.end <= vessel.start]
    if before:
        return _named(before[-1].value)
    return _named(after.value) if after is not None else ()


def _sides(tokens: Sequence[Token]) -> tuple[Side, ...]:
    """The side of a stretch of text when it names only one; right and left apart bind nothing."""
    values = {t.value for t in tokens if t.kind == "side"}
    return _named(values.pop()) if len(values) == 1 else ()


def _named(value: str) -> tuple[Side, ...]:
    return tuple(Side) if value == "bilateral" else (Side(value),)
