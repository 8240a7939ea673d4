"""What one sentence or row of a note says: its clauses, each with the places, lesions and treatments it names.

Knows passages and tokens. What "it" or "the lesion" stands for is the discourse's business.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.clauses import Part, parts_of
from cds_service.fhir.layout import Passage
from cds_service.fhir.polarity import How, how, is_long_ago
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
    r"|unsuccessful\w*|(?:was|were|then|and)\s+(?:abandoned|aborted|deferred|postponed)|gave\s+up|given\s+up|attempts?\s+(?:\w+\s+){0,5}?(?:failed|unsuccessful)|not\s+successful|uncrossable|wire\s+would\s+not|failure\s+to\s+cross|left\s+untreated|not\s+touched|untouched)\b",
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
    key: str = ""
    side_unknown: bool = False
    failed: bool = False
    worked: bool = False
    bridging: bool = False
    ordinal: bool = False
    height: str = ""
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
    own = [_spoken_both(t, sentence, own) for t in own]
    anchors = [t for t in own if _is_anchor(t) and not _is_passing(sentence, t, own)]
    if any(t.value.startswith("iliac/") and t.value != "iliac/" for t in anchors):
        anchors = [t for t in anchors if t.value != "iliac/"]
    own = [t for t in own if not _is_anchor(t) or t in anchors]
    own, anchors = _with_other_side(sentence, own, anchors)
    several = _several(sentence, own)
    before: Saying | None = None
    for part in _parts(sentence, own, anchors):
        said = _answered(saying_of(passage, sentence, part, own), text)
        if before is not None and part.anchors and not said.treatments and _shares(sentence, part):
            said = replace(said, treatments=before.treatments)
        before = said
        bare = said.places and not said.lesions | said.denied | said.unsure
        yield replace(said, lesions=said.lesions | several) if several and bare else said


def _parts(sentence: str, tokens: list[Token], anchors: list[Token]) -> list[Part]:
    """The parts of a sentence; what follows "each" or "both" after a list of vessels is a part for all of them."""
    at = next((i for i, t in enumerate(tokens) if t.kind == "refer" and t.value == "each"), None)
    last = anchors[-1].end if anchors else 0
    if at is None or len(anchors) < 2 or tokens[at].start < last:
        return parts_of(sentence, tokens, anchors)
    return [*parts_of(sentence, tokens[:at], anchors), Part(tokens=tuple(tokens[at:]), anchors=())]


_SHARES = re.compile(
    r"(?:\band|&|,)[\s,]*(?:\w+,?\s+)?(?:of|to|in)\s+(?:the\s+)?(?:an?\s+)?(?:\w+\s+)?$", re.IGNORECASE
)


def _shares(sentence: str, part: Part) -> bool:
    """True for "…, and of the internal iliac": the treatment named before is meant again."""
    return bool(part.tokens) and bool(_SHARES.search(sentence[: part.tokens[0].start]))


def _answered(said: Saying, text: str) -> Saying:
    """A question of a form with the answer that follows it; an open one states nothing."""
    if text[said.passage.end - 1 : said.passage.end] != "?" or not said.treatments:
        return said
    reply = re.match(r"\s*(yes|no|none|not)\b", text[said.passage.end : said.passage.end + 12], re.IGNORECASE)
    if reply is not None and reply.group(1).lower() == "yes":
        return said
    how_now = How.THOUGHT_OF if reply is None else How.DENIED
    return replace(said, treatments=frozenset((t, how_now if h is How.DONE else h) for t, h in said.treatments))


_OTHER_SIDE = re.compile(
    r"^\s+(?:one\s+|side\s+)?(?:had|has|was|is|showed|shows|got|received|demonstrated)\b", re.IGNORECASE
)
_SEVERAL = re.compile(
    r"\b(?:two|three|2|3|both|separate|tandem|several|multiple|distinct|discrete|individual)\s+(?:[\w-]+\s+){0,4}?$",
    re.IGNORECASE,
)


def _with_other_side(sentence: str, tokens: list[Token], anchors: list[Token]) -> tuple[list[Token], list[Token]]:
    """ "The left common iliac was occluded, the right had a stenosis": the other side's vessel is named by its side."""
    for side in [t for t in tokens if t.kind == "side" and t.value != "bilateral"]:
        before = [a for a in anchors if a.end <= side.start and a.kind == "vessel"]
        if before and _OTHER_SIDE.match(sentence[side.end :]):
            named = Token(kind="vessel", value=before[-1].value, start=side.end, end=side.end)
            tokens = sorted([*tokens, named], key=lambda t: (t.start, t.end))
            anchors = sorted([*anchors, named], key=lambda t: t.start)
    return tokens, anchors


def _several(sentence: str, tokens: Sequence[Token]) -> frozenset[str]:
    """ "Two occlusions: one in the common, one in the external iliac": a plural that every vessel of the list shares."""
    for token in tokens:
        said = sentence[token.start : token.end].lower()
        if token.kind == "lesion" and said.endswith(("ions", "oses", "ctos", "ings")):
            if _SEVERAL.search(sentence[: token.start]) and not is_denied(token, tokens, sentence):
                return frozenset({token.value})
    return frozenset()


def _is_anchor(token: Token) -> bool:
    return token.kind in ("vessel", "short") or (token.kind == "away" and token.value in _ELSEWHERE)


def _is_passing(sentence: str, token: Token, tokens: Sequence[Token]) -> bool:
    """True for a vessel that is only a landmark, a way in, or where flow goes."""
    before, after = sentence[: token.start], sentence[token.end :]
    if token.value.startswith("iliac/"):
        return bool(_PASSING.search(before)) and any(_is_anchor(t) for t in tokens if t.end <= token.start)
    return bool(_PASSING.search(before) or _HANDLED.match(after))


def _spoken_both(token: Token, sentence: str, tokens: Sequence[Token]) -> Token:
    """ "Both" before no vessel means both that were named, not both legs."""
    if token.kind != "side" or sentence[token.start : token.end].lower() != "both":
        return token
    near = [t for t in tokens if _is_anchor(t) and 0 <= t.start - token.end <= 14]
    return token if near else replace(token, kind="refer", value="each")


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
    lesions = [t for t in lesions if not _OTHER_LEG.search(sentence[: t.start])]
    treatments = frozenset((t.value, how(t, tokens, clause, sentence)) for t in part.tokens if t.kind == "treatment")
    firm, denied, unsure, definite = _lesions(sentence, part, tokens, lesions, passage)
    if not treatments and part.anchors and firm and _DEVICE_SIZE.search(words):
        treatments = frozenset({("unclear", How.DONE)})
    if treatments and all(h is How.OLD for _, h in treatments) and is_long_ago(sentence):
        firm, definite = set(), set()
    if ("stent", How.OLD) in treatments and firm & {"occlusion", "stenosis"}:
        firm.add("in-stent")
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
        key=_key(words),
        side_unknown=bool(_SIDE_UNKNOWN.search(sentence)),
        failed=bool(_FAILED.search(words)),
        worked=any(t.kind == "work" for t in part.tokens),
        bridging=any(t.kind == "bridge" for t in tokens),
        ordinal=bool(_ORDINAL.search(words)),
        height=_height(words),
        elsewhere=frozenset(elsewhere),
    )


_KEY = re.compile(
    r"(?:\b(?:level|lesion|site|segment|target|stenosis|occlusion|vessel|no\.?|number)\s*#?\s*\(?([1-9A-D])\)?(?![\w.%])|#([1-9])\b|\(([1-9])\)(?!\s*(?:mm|cm)))",
    re.IGNORECASE,
)
_SIDE_UNKNOWN = re.compile(
    r"\bside\b[^.;]{0,25}?\b(?:not|un(?:known|clear|certain|documented|specified)|to\s+be\s+(?:checked|confirmed|clarified)|illegible)\b|\blaterality\s+(?:not|un)"
    r"|\bside\s*\?|\b(?:which|what)\s+side\b|\bside\s+of\s+\w+\s+(?:to\s+be|not)\b|\?\s*side\b",
    re.IGNORECASE,
)


def _height(words: str) -> str:
    """Upper or lower, for "the proximal one" and "the distal lesion"."""
    match = re.search(
        r"\bthe\s+(?:more\s+)?(proximal|upper|distal|lower)\s+(?:one|lesion|occlusion|stenosis)\b", words, re.IGNORECASE
    )
    return "" if match is None else "upper" if match.group(1).lower() in ("proximal", "upper") else "lower"


def _key(words: str) -> str:
    """The number a note gives a lesion ("lesion (1)", "Level 2"), so that it can be spoken of by it."""
    match = _KEY.search(words)
    return next((g.upper() for g in match.groups() if g), "") if match else ""


_DEVICE_SIZE = re.compile(r"\b\d{1,2}(?:\.\d)?\s*(?:mm)?\s*[x×]\s*\d{2,3}\b", re.IGNORECASE)


def _lesions(
    sentence: str, part: Part, tokens: Sequence[Token], lesions: Sequence[Token], passage: Passage
) -> tuple[set[str], set[str], set[str], set[str]]:
    firm: set[str] = set()
    denied: set[str] = set()
    unsure: set[str] = set()
    definite: set[str] = set()
    doubtful = [t for t in tokens if t.kind == "scope" and t.value == "uncertain"]
    for token in lesions:
        if is_denied(token, tokens, sentence) and not _NEITHER.search(sentence[: token.start]):
            denied.add(token.value)
        elif passage.section == "result" or _is_after(token, tokens, sentence):
            continue
        elif token.value in ("in-stent", "acute"):
            firm.add(token.value)
        elif any(_in_reach(s, token, sentence) for s in doubtful):
            unsure.add(token.value)
        elif not part.anchors and _DEFINITE.search(sentence[: token.start]):
            definite.add(token.value)
        else:
            firm.add(token.value)
    if not {*firm, *denied, *unsure, *definite} - {"in-stent", "acute"} and passage.section != "result":
        firm |= _percent(sentence, part, tokens)
    return firm, denied, unsure, definite


_OTHER_LEG = re.compile(r"\b(?:contralateral|opposite)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_NEITHER = re.compile(r"\bneither\s+(?:\w+\s+)?$", re.IGNORECASE)


def _in_reach(scope: Token, lesion: Token, sentence: str) -> bool:
    between = sentence[min(scope.end, lesion.end) : max(scope.start, lesion.start)]
    return len(between) < 45 and not re.search(r"[,;]", between)


_REMAINS = re.compile(r"resid|post|final|remain|reduc|improv|less|<", re.IGNORECASE)


def _is_after(token: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True for a lesion spoken of as it looked after treatment."""
    for mark in tokens:
        after = mark.kind == "completion" or (
            mark.kind == "nothing" and _REMAINS.search(sentence[mark.start : mark.end])
        )
        if after and mark.end <= token.start <= mark.end + _MOST_AFTER:
            if not re.search(r"[;]|\bthen\b", sentence[mark.end : token.start]):
                return True
    return False


_PERCENT_BY = re.compile(
    r"^\s*(?:\w+\s+){0,3}?(?:lesions?|disease|plaques?|blockages?|block|narrow\w*|ostial|proximal|mid|distal)\b",
    re.IGNORECASE,
)


def _percent(sentence: str, part: Part, tokens: Sequence[Token]) -> set[str]:
    """A bare percentage beside a vessel says how narrow it was; after an arrow, or after treatment, how it ended."""
    out: set[str] = set()
    done = min((t.start for t in part.tokens if t.kind == "treatment"), default=len(sentence))
    for token in part.tokens:
        if token.kind != "percent" or token.start > done or _is_after(token, tokens, sentence):
            continue
        before = sentence[: token.start]
        beside = any(
            re.fullmatch(r"[\s:(,=|-]*(?:is|was|are|were)?[\s:(]*", before[a.end :])
            for a in part.anchors
            if a.end <= token.start
        )
        if not (beside or _PERCENT_BY.match(sentence[token.end :])) or re.search(r"(?:->|→|to)\s*$", before):
            continue
        out.add("occlusion" if sentence[token.start : token.end].startswith("100") else "stenosis")
        break
    return out


def _places(sentence: str, part: Part, everywhere: tuple[Side, ...]) -> Iterator[Place]:
    anchors = [t for t in part.anchors if t.kind in ("vessel", "short")]
    specific = [t for t in anchors if not t.value.endswith("/")]
    kissing = (
        re.search(r"\bkissing\b", sentence[part.tokens[0].start : part.tokens[-1].end], re.IGNORECASE)
        if part.tokens
        else None
    )
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
    if after is not None and re.fullmatch(
        r"[\s,(]*(?:(?:artery|on|of|the|side|in|at|leg|stenosis|occlusion)\s*)*[\s,(]*",
        sentence[vessel.end : after.start],
    ):
        before_close = [t for t in sides if t.end <= vessel.start and vessel.start - t.end <= 2]
        if not before_close:
            return _named(after.value)
    before = [t for t in sides if t.end <= vessel.start]
    if before:
        return _named(before[-1].value)
    if len({t.value for t in sides}) > 1 and len(part.anchors) == 1:
        return ()
    return _named(after.value) if after is not None else ()


def _sides(tokens: Sequence[Token]) -> tuple[Side, ...]:
    """The side of a stretch of text when it names only one; right and left apart bind nothing."""
    values = {t.value for t in tokens if t.kind == "side"}
    return _named(values.pop()) if len(values) == 1 else ()


def _named(value: str) -> tuple[Side, ...]:
    return tuple(Side) if value == "bilateral" else (Side(value),)
