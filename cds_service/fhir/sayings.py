"""What one sentence or row of a note says: its clauses, each with the places, lesions and treatments it names.

Knows passages and tokens. What "it" or "the lesion" stands for is the discourse's business.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.clauses import Part, is_content, parts_of
from cds_service.fhir.layout import Passage
from cds_service.fhir.polarity import How, how, is_long_ago
from cds_service.fhir.scopes import is_denied, is_past
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]

_ELSEWHERE = ("other-artery", "vein", "not-a-vessel")
_PASSING = cue("passing")
_HANDLED = cue("handled")
_DEFINITE = cue("definite")
_ORDINAL = cue("ordinal")
_FAILED = cue("not-crossed")
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
    names: tuple[str, ...] = ()
    clear: bool = False
    same_again: bool = False
    opening_side: bool = False
    side_unknown: bool = False
    failed: bool = False
    worked: bool = False
    bridging: bool = False
    ordinal: bool = False
    topical: bool = False
    topics: frozenset[Side] = frozenset()
    belonging: bool = False
    several: tuple[str, int] = ("", 0)
    height: str = ""
    elsewhere: frozenset[str] = frozenset()

    words: str = ""

    def after_words(self, pattern: re.Pattern[str]) -> bool:
        """True when the clause has words of a pattern."""
        return bool(pattern.search(self.words))

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
    named = [t for t in own if _is_anchor(t) and not _APART_FROM.search(sentence[: t.start])]
    anchors = [t for t in named if not _is_passing(sentence, t, own)]
    if not anchors and any(is_content(t) for t in own):
        anchors = named
    if any(t.value.startswith("iliac/") and t.value != "iliac/" for t in anchors):
        anchors = [t for t in anchors if t.value != "iliac/" or _has_own_words(sentence, t, own)]
    own = [t for t in own if not _is_anchor(t) or t in anchors]
    own, anchors = _with_other_side(sentence, own, anchors)
    several = _several(sentence, own)
    before: Saying | None = None
    done_at = next((t.start for t in own if t.kind == "treatment"), 0)
    each_first = any(t.kind == "refer" and t.value == "each" and t.end <= done_at for t in own)
    for part in _parts(sentence, own, anchors):
        said = _answered(saying_of(passage, sentence, part, own, text[passage.lead : passage.end]), text)
        if before is not None and part.anchors and not any(h is How.DONE for _, h in said.treatments):
            summed_up = all(v is None for _, v, _ in before.places) and ":" in sentence[: part.anchors[0].start]
            if each_first or _shares(sentence, part) or (summed_up and before.places):
                said = replace(said, treatments=before.treatments)
        before = said
        said = replace(said, several=_counted(sentence, several))
        bare = said.places and not said.lesions | said.denied | said.unsure
        yield replace(said, lesions=said.lesions | several) if several and bare else said


def _parts(sentence: str, tokens: list[Token], anchors: list[Token]) -> list[Part]:
    """The parts of a sentence; what follows "each" or "both" after a list of vessels is a part for all of them."""
    pairs = _respectively(sentence, tokens, anchors)
    if pairs:
        return pairs
    spoken = [i for i, t in enumerate(tokens) if t.kind == "refer" and t.value in ("former", "latter")]
    if len(spoken) > 1 and not any(a.start > tokens[spoken[0]].start for a in anchors):
        bounds = [0, *spoken, len(tokens)] if spoken[0] else [*spoken, len(tokens)]
        return [
            part
            for a, b in pairwise(bounds)
            for part in parts_of(sentence, tokens[a:b], [x for x in anchors if x in tokens[a:b]])
        ]
    at = next((i for i, t in enumerate(tokens) if t.kind == "refer" and t.value == "each"), None)
    last = anchors[-1].end if anchors else 0
    if at is None or len(anchors) < 2 or tokens[at].start < last:
        return parts_of(sentence, tokens, anchors)
    return [*parts_of(sentence, tokens[:at], anchors), Part(tokens=tuple(tokens[at:]), anchors=())]


_ALSO = cue("also")
_NOT_TREATED = cue("not-treated")
_SHARES = cue("shares")


def _shares(sentence: str, part: Part) -> bool:
    """True for "…, and of the internal iliac": the treatment named before is meant again."""
    if not part.tokens:
        return False
    before, own = sentence[: part.tokens[0].start], sentence[part.tokens[0].start :]
    if _SHARES.search(before) or _TO_SIZE.match(own):
        return True
    lesion = any(t.kind == "lesion" for t in part.tokens)
    return lesion and bool(_ALSO.search(before)) and not _NOT_TREATED.search(own) and bool(_OF.search(before))


_TO_SIZE = cue("to-size")
_OF = cue("of")


def _answered(said: Saying, text: str) -> Saying:
    """A question of a form with the answer that follows it; an open one states nothing."""
    if text[said.passage.end - 1 : said.passage.end] != "?" or not said.treatments:
        return said
    reply = re.match(
        r"\s*(?:A(?:nswer)?\s*[:.)]\s*)?(yes|no|none|not)\b",
        text[said.passage.end : said.passage.end + 20],
        re.IGNORECASE,
    )
    if reply is not None and reply.group(1).lower() == "yes":
        return said
    how_now = How.THOUGHT_OF if reply is None else How.DENIED
    return replace(said, treatments=frozenset((t, how_now if h is How.DONE else h) for t, h in said.treatments))


def _respectively(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> list[Part]:
    """ "The common and external iliac were stenosed and occluded, respectively": each vessel with its own word."""
    if len(anchors) < 2 or not re.search(r"\brespectively\b", sentence, re.IGNORECASE):
        return []
    kinds = [[t for t in tokens if t.kind == kind and is_content(t)] for kind in ("lesion", "treatment")]
    if any(len(found) not in (0, len(anchors)) for found in kinds) or not any(kinds):
        return []
    sides = [t for t in tokens if t.kind == "side"]
    out = []
    for number, anchor in enumerate(anchors):
        own = [anchor, *sides, *(found[number] for found in kinds if found)]
        out.append(Part(tokens=tuple(sorted(own, key=lambda t: t.start)), anchors=(anchor,)))
    return out


_OTHER_SIDE = cue("other-side")
_SEVERAL = cue("several")


def _with_other_side(sentence: str, tokens: list[Token], anchors: list[Token]) -> tuple[list[Token], list[Token]]:
    """ "The left common iliac was occluded, the right had a stenosis": the other side's vessel is named by its side."""
    for side in [t for t in tokens if t.kind == "side" and t.value != "bilateral"]:
        before = [a for a in anchors if a.end <= side.start and a.kind == "vessel"]
        if before and _OTHER_SIDE.match(sentence[side.end :]):
            named = Token(kind="vessel", value=before[-1].value, start=side.end, end=side.end)
            tokens = sorted([*tokens, named], key=lambda t: (t.start, t.end))
            anchors = sorted([*anchors, named], key=lambda t: t.start)
    return tokens, anchors


def _bare_list(sentence: str, lesion: Token, tokens: Sequence[Token]) -> bool:
    """ "Iliac CTOs, both CIA + EIA": a plural before a list that says nothing else of its vessels."""
    named = [t for t in tokens if t.kind in ("vessel", "short") and t.start >= lesion.end and not t.value.endswith("/")]
    return len(named) > 1 and not any(is_content(t) for t in tokens if t.start > named[0].start)


_HOW_MANY = cue("how-many")
_THREE = re.compile(r"\b(?:three|3|x\s*3)\b", re.IGNORECASE)


def _counted(sentence: str, several: frozenset[str]) -> tuple[str, int]:
    """The lesion a plural names, and of how many vessels."""
    count = 3 if _THREE.search(sentence) else 2 if _HOW_MANY.search(sentence) else 0
    return (next(iter(several)), count) if several and count else ("", 0)


def _several(sentence: str, tokens: Sequence[Token]) -> frozenset[str]:
    """ "Two occlusions: one in the common, one in the external iliac": a plural that every vessel of the list shares."""
    for token in tokens:
        said = sentence[token.start : token.end].lower()
        if token.kind == "lesion" and said.endswith(("ions", "oses", "ctos", "ings")):
            levels = re.match(r"\s+(?:at|in|on|of)\s+(?:two|three|both)\b", sentence[token.end :], re.IGNORECASE)
            if (
                levels or _SEVERAL.search(sentence[: token.start]) or _bare_list(sentence, token, tokens)
            ) and not is_denied(token, tokens, sentence):
                return frozenset({token.value})
    return frozenset()


def _is_anchor(token: Token) -> bool:
    return token.kind in ("vessel", "short") or (token.kind == "away" and token.value in _ELSEWHERE)


_FROM = cue("from")


def _has_own_words(sentence: str, token: Token, tokens: Sequence[Token]) -> bool:
    """True for a vessel with a lesion or a treatment right beside it ("iliac stent", "stent of the iliac")."""
    for other in tokens:
        if not is_content(other):
            continue
        if 0 <= other.start - token.end <= 3 and "(" not in sentence[token.end : other.start]:
            return True
        if re.fullmatch(r"\s+(?:of|in|to)\s+(?:the\s+)?(?:\w+\s+)?", sentence[other.end : token.start]):
            return True
    return False


_APART_FROM = cue("apart-from")
_ORIGIN = cue("origin")


def _is_passing(sentence: str, token: Token, tokens: Sequence[Token]) -> bool:
    """True for a vessel that is only a landmark, a way in, or where flow goes."""
    before, after = sentence[: token.start], sentence[token.end :]
    if _APART_FROM.search(before):
        return True
    near = any(is_content(t) and t.end <= token.start <= t.end + 40 for t in tokens)
    if near and _ORIGIN.search(before):
        return False
    own_lesion = any(t.kind == "lesion" and 0 <= t.start - token.end <= 3 for t in tokens)
    if token.value.startswith("iliac/") and own_lesion and not _APART_FROM.search(before):
        return False
    if token.value.startswith("iliac/"):
        return bool(_PASSING.search(before)) and any(_is_anchor(t) for t in tokens if t is not token)
    if (
        token.value == "other-artery"
        and _FROM.search(before)
        and re.match(r"aorta|renal", sentence[token.start :], re.IGNORECASE)
    ):
        return True
    return bool(_PASSING.search(before) or _HANDLED.match(after))


def _spoken_both(token: Token, sentence: str, tokens: Sequence[Token]) -> Token:
    """ "Both" before no vessel means both that were named, not both legs."""
    if token.kind != "side" or sentence[token.start : token.end].lower() != "both":
        return token
    near = [t for t in tokens if _is_anchor(t) and 0 <= t.start - token.end <= 14]
    following = [t for t in tokens if _is_anchor(t) and t.start >= token.end][:2]
    if len({t.value for t in following}) == 2 and re.fullmatch(
        r"\s*(?:(?:and|&|\+)\s*)?(?:the\s+)?", sentence[following[0].end : following[1].start]
    ):
        return replace(token, kind="refer", value="each")
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


def saying_of(passage: Passage, sentence: str, part: Part, tokens: Sequence[Token], lead: str = "") -> Saying:
    """What one clause says; `tokens` are those of the whole sentence."""
    everywhere = _sides(tokens)
    start = min((t.start for t in part.tokens), default=0)
    begin = max((t.end for t in tokens if t.end <= start), default=0)
    last = max((t.end for t in part.tokens), default=len(sentence))
    end = min((t.start for t in tokens if t.start >= last), default=len(sentence))
    clause = (begin, end)
    words = sentence[begin:end]
    lesions = [t for t in part.tokens if t.kind == "lesion" and not is_past(t, tokens, sentence)]
    lesions = [t for t in lesions if not _is_slight(sentence[t.start : t.end])]
    lesions = [t for t in lesions if not _OTHER_LEG.search(sentence[: t.start])]
    treatments = frozenset(
        (t.value, how(t, tokens, clause, sentence, lead)) for t in part.tokens if t.kind == "treatment"
    )
    if _SPARED.search(words) and not _INTENDED.search(sentence):
        treatments |= {("stent", How.DENIED)}
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
        words=words,
        places=tuple(dict.fromkeys(_places(sentence, part))),
        sides=_sides(part.tokens) or everywhere,
        treatments=treatments,
        lesions=frozenset(firm),
        denied=frozenset(denied),
        unsure=frozenset(unsure),
        definite=frozenset(definite),
        refers=frozenset(t.value for t in part.tokens if t.kind == "refer"),
        key=key_in(words),
        names=names_in(words),
        same_again=bool(_SAME_AGAIN.search(words)),
        opening_side=bool(_TOPICAL.match(sentence)),
        clear=any(t.kind == "state" for t in part.tokens)
        and not firm
        and not any(h is How.DONE for _, h in treatments),
        side_unknown=bool(_SIDE_UNKNOWN.search(sentence)),
        failed=bool(_FAILED.search(words)),
        worked=any(t.kind == "work" for t in part.tokens),
        bridging=_is_bridging(sentence, tokens),
        ordinal=bool(_ORDINAL.search(words)),
        height=_height(words),
        topical=bool(_TOPICAL.match(sentence)),
        topics=_topics(sentence, tokens),
        belonging=bool(_BELONGING.search(words)),
        elsewhere=frozenset(elsewhere),
    )


_KEY = re.compile(
    r"(?:\b(?:level|lesion|site|segment|target|stenosis|occlusion|vessel|no\.?|number)\s*#?\s*\(?([1-9A-D]|one|two|three)\)?(?![\w.%])|#([1-9])\b|^\s*\(?([A-D1-9])\)?\s*[:=]\s|\(([a-d1-9])\)(?!\s*(?:mm|cm)))",
    re.IGNORECASE,
)
_SIDE_UNKNOWN = cue("side-unknown")


_TOPICAL = cue("topical")
_FROM_TO = cue("from-to")


def _masked(sentence: str, places: Sequence[Token]) -> str:
    """The sentence with every vessel as one sign."""
    out, at = "", 0
    for token in places:
        out += sentence[at : token.start] + "@"
        at = token.end
    return out + sentence[at:]


_APART = cue("apart")


_BELONGING = cue("belonging")
_TOPIC = cue("topic")
_TOPIC_BEFORE = cue("topic-before")
_WAY = cue("way")
_NO_TOPIC = cue("no-topic")


_UNTOUCHED = cue("untouched")


def after_of(sentence: str, token: Token) -> str:
    """What follows a token in its sentence."""
    return sentence[token.end :]


def _topics(sentence: str, tokens: Sequence[Token]) -> frozenset[Side]:
    """The legs a sentence is about as a whole: "left leg", "right iliac intervention", "on the left"."""
    out: set[Side] = set()
    diseased = any(t.kind == "lesion" and not is_denied(t, tokens, sentence) for t in tokens)
    opens = re.match(r"\W*on\s+the\s+(?:right|left)\b", sentence, re.IGNORECASE)
    for token in tokens if diseased or opens or not _UNTOUCHED.search(sentence) else ():
        if token.kind == "side" and sentence[token.start : token.end].lower().endswith("sided"):
            out |= (
                set(_named(token.value))
                if not re.match(r"\s+(?:access|approach|puncture|groin)", after_of(sentence, token), re.IGNORECASE)
                else set()
            )
        if token.kind != "side":
            continue
        after, before = sentence[token.end :], sentence[: token.start]
        if _WAY.search(before):
            continue
        whole = sentence[token.start : token.end].upper() in ("RLE", "LLE")
        if whole or _TOPIC.match(after) or (_TOPIC_BEFORE.search(before) and not _NO_TOPIC.match(after)):
            out |= set(_named(token.value))
    return frozenset(out)


def _is_bridging(sentence: str, tokens: Sequence[Token]) -> bool:
    """True for words that join two iliac arteries into one lesion, or one device."""
    places = [
        t for t in tokens if t.kind in ("vessel", "short") and t.value.startswith("iliac/") and t.value != "iliac/"
    ]
    if len({t.value for t in places}) < 2 or not any(t.kind in ("lesion", "treatment") for t in tokens):
        return False
    joining = [t for t in tokens if t.kind == "bridge"]
    if any(t.value == "bridging" for t in joining):
        return True
    if any(_runs_on(t, tokens, places) for t in joining):
        return True
    return bool(_FROM_TO.search(_masked(sentence, places))) and not _APART.search(sentence)


def _runs_on(word: Token, tokens: Sequence[Token], places: Sequence[Token]) -> bool:
    """True when "extending into" stands between two vessels with nothing of the second one's own before it."""
    following = next((p for p in places if p.start >= word.end), None)
    if following is None or not any(p.end <= word.start for p in places):
        return False
    return not any(is_content(t) for t in tokens if word.end <= t.start < following.start)


def _height(words: str) -> str:
    """Upper or lower, for "the proximal one" and "the distal lesion"."""
    match = re.search(
        r"\bthe\s+(?:more\s+)?(proximal|upper|distal|lower)\s+(?:one|lesion|occlusion|stenosis)\b", words, re.IGNORECASE
    )
    return "" if match is None else "upper" if match.group(1).lower() in ("proximal", "upper") else "lower"


def key_in(words: str) -> str:
    """The number a note gives a lesion ("lesion (1)", "Level 2"), so that it can be spoken of by it."""
    match = _KEY.search(words)
    found = next((g.upper() for g in match.groups() if g), "") if match else ""
    return {"ONE": "1", "TWO": "2", "THREE": "3"}.get(found, found)


_SAME_AGAIN = cue("same-again")
_NAMED_BY = cue("named-by")


def names_in(words: str) -> tuple[str, ...]:
    """What a lesion is called by its place in a row: "the upper one", "the second lesion"."""
    same = {"proximal": "upper", "distal": "lower"}
    return tuple(dict.fromkeys(same.get(w.lower(), w.lower()) for w in _NAMED_BY.findall(words)))


_INTENDED = cue("intended")
_SPARED = cue("spared")
_DEVICE_SIZE = cue("device-size")


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
        elif not part.anchors and _is_definite(sentence[: token.start]):
            definite.add(token.value)
        else:
            firm.add(token.value)
    if not {*firm, *denied, *unsure, *definite} - {"in-stent", "acute"} and passage.section != "result":
        firm |= _percent(sentence, part, tokens)
    return firm, denied, unsure, definite


_FIGURE = cue("figure")


def _is_slight(words: str) -> bool:
    """True for a narrowing of less than half: what is left after treatment, or was never treated."""
    match = _FIGURE.match(words)
    return match is not None and int(match.group(1)) < 50


_OTHER_LEG = cue("other-leg")
_NEITHER = re.compile(r"\bneither\s+(?:\w+\s+)?$", re.IGNORECASE)


_VERB = cue("verb")


def _is_definite(before: str) -> bool:
    """True for "the occlusion", "this tight stenosis"; not for "its trunk was occluded"."""
    match = _DEFINITE.search(before)
    return match is not None and not _VERB.search(match.group())


def _in_reach(scope: Token, lesion: Token, sentence: str) -> bool:
    between = sentence[min(scope.end, lesion.end) : max(scope.start, lesion.start)]
    return len(between) < 45 and not re.search(r"[,;]", between)


_REMAINS = cue("remains")


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


_PERCENT_BY = cue("percent-by")


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


def _places(sentence: str, part: Part) -> Iterator[Place]:
    anchors = [t for t in part.anchors if t.kind in ("vessel", "short")]
    specific = [t for t in anchors if not t.value.endswith("/")]
    kissing = (
        re.search(r"\bkissing\b", sentence[part.tokens[0].start : part.tokens[-1].end], re.IGNORECASE)
        if part.tokens
        else None
    )
    for token in specific or anchors:
        territory, vessel = token.value.split("/")
        sides = _side_of(token, part, sentence)
        if (
            kissing
            and territory == "iliac"
            and not sides
            and re.search(r"\beach\s+$", sentence[: token.start], re.IGNORECASE)
        ):
            sides = tuple(Side)
        if kissing and territory == "iliac" and not vessel:
            yield Territory.ILIAC, Vessel.COMMON_ILIAC, tuple(Side)
        else:
            yield Territory(territory), Vessel(vessel) if vessel else None, sides


def _side_of(vessel: Token, part: Part, sentence: str) -> tuple[Side, ...]:
    sides = [t for t in part.tokens if t.kind == "side"]
    after = next((t for t in sides if t.start >= vessel.end), None)
    if len({t.value for t in sides if t.start >= vessel.end}) > 1:
        after = None
    if after is not None and re.fullmatch(
        r"[\s,(]*(?:(?:artery|on|of|the|side|in|at|leg|stenosis|occlusion)\s*)*[\s,(]*",
        sentence[vessel.end : after.start],
    ):
        before_close = [t for t in sides if t.end <= vessel.start and vessel.start - t.end <= 2]
        if not before_close:
            return _named(after.value)
    before = [t for t in sides if t.end <= vessel.start]
    if len(before) > 1 and re.fullmatch(
        r"\s*(?:and|&|/|,|\+)\s*(?:the\s+)?", sentence[before[-2].end : before[-1].start], re.IGNORECASE
    ):
        return tuple(dict.fromkeys((*_named(before[-2].value), *_named(before[-1].value))))
    if before and _is_beside(sentence[before[-1].end : vessel.start]):
        return _named(before[-1].value)
    if before:
        return ()
    if len({t.value for t in sides}) > 1 and len(part.anchors) == 1:
        named = [t for t in sides if t.value != "bilateral"]
        counted = all(re.match(r"\s*[:=]?\s*\d", sentence[t.end :]) for t in named)
        return tuple(Side) if counted else ()
    return _named(after.value) if after is not None else ()


_BESIDE = cue("beside")


def _is_beside(between: str) -> bool:
    """True when a side and the vessel after it stand in one phrase."""
    return len(between) < 70 and bool(_BESIDE.fullmatch(between))


def _sides(tokens: Sequence[Token]) -> tuple[Side, ...]:
    """The side of a stretch of text when it names only one; right and left apart bind nothing."""
    values = {t.value for t in tokens if t.kind == "side"}
    return _named(values.pop()) if len(values) == 1 else ()


def _named(value: str) -> tuple[Side, ...]:
    return tuple(Side) if value == "bilateral" else (Side(value),)
