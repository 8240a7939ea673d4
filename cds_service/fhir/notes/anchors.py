"""Which words of a sentence name the places it is about; landmarks, ways in and outflow are none.

Knows vessels, veins and other arteries, and the words before and after them.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.bracketed import less_bracketed
from cds_service.fhir.notes.clauses import is_content
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_ELSEWHERE = ("other-artery", "vein", "not-a-vessel")
_PASSING = cue("passing")
_HANDLED = cue("handled")
_KEPT_FREE = cue("kept-free")


def is_anchor(token: Token) -> bool:
    """True for a word that names a place a clause is about."""
    return token.kind in ("vessel", "short") or (token.kind == "away" and token.value in _ELSEWHERE)


_FROM = cue("from")
_AT = re.compile(r"\bat\s+the\s+$", re.IGNORECASE)
_AORTA, _AORTA_OR_RENAL = (re.compile(p, re.IGNORECASE) for p in ("aorta", "aorta|renal"))


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


def _is_spelt_out(sentence: str, token: Token, tokens: Sequence[Token]) -> bool:
    """True for "iliac stent (right common, ...)": which iliac artery is meant stands in the parentheses after it."""
    found = _SPELT_OUT.match(sentence, token.end)
    if found is None:
        return False
    return any(t.value.startswith("iliac/") and found.end() <= t.start <= found.end() + 12 for t in tokens)


_SPELT_OUT = re.compile(r"[^().;,]{1,40}\(")
_APART_FROM = cue("apart-from")
_ORIGIN = cue("origin")
_LANDMARK_AFTER = cue("landmark-after")
_BEFORE_LANDMARK = re.compile(
    r"\b(?:into|above|below|under|over|past|beyond|near|off|proximal\s+to|distal\s+to|short\s+of|clear\s+of|cover(?:ing)?|jail(?:ing)?|spar(?:e|ing)|preserv(?:e|ing)|from|between|to|so(?:\s+that)?)"
    r"\s+(?:the\s+)?(?:(?:right|left|ipsilateral)\s+)?$",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"\s+(?:artery\s+)?level\b", re.IGNORECASE)
_KEEPING = re.compile(
    r"\b(?:keep|leav|spar|preserv|protect)(?:e|ing)?\s+(?:the\s+)?(?:(?:right|left)\s+)?$", re.IGNORECASE
)
_LEADS_INTO = cue("leads-into")
_WIRE_WENT = cue("where-the-wire-went")


_PUT_AT = re.compile(
    r"\b(?:implanted|placed|deployed|positioned|put)\s+(?:at|in|across)\s+the\s+(?:ostium|origin|orifice|mouth)\s+of\s+"
    r"(?:the\s+)?(?:(?:left|right)\s+)?$",
    re.IGNORECASE,
)
_FAR_END = cue("far-end")
_EDGE_OF = re.compile(
    r"\bfrom\s+(?:just\s+)?(?:\w+\s+)?(?:the\s+)?(?:\w+\s+)?(?:edge|margin|lip|border)\s+of\s+(?:the\s+)?(?:(?:right|left)\s+)?$",
    re.I,
)
_ONCE = re.compile(r"^\W*(?:after|once|when|with)\s+(?:the\s+)?(?:(?:right|left)\s+)?$", re.IGNORECASE)
_DEALT_WITH = cue("dealt-with")
_BESIDE_IT = cue("beside-it")


_HYPOGASTRIC = "iliac/internal-iliac"
_BESIDE_HYPOGASTRIC = re.compile(
    r"\b(?:(?:proximal|distal|cephalad|caudal)\s+to|short\s+of|spar\w+|preserv\w+|keep\w*|cover\w*|jail\w*|protect\w*)\s+"
    r"(?:the\s+)?(?:(?:left|right|ipsilateral)\s+)?(?:(?:origin|take-?off|ostium|orifice)\s+of\s+(?:the\s+)?)?"
    r"(?:(?:left|right)\s+)?$",
    re.IGNORECASE,
)


def is_landmark(sentence: str, token: Token) -> bool:
    """True for "above the internal iliac ostium": a place that something else is measured from."""
    before, after = sentence[: token.start], sentence[token.end :]
    if _FAR_END.search(before) or _EDGE_OF.search(before) or _LEVEL.match(after):
        return True
    if token.value == _HYPOGASTRIC and _BESIDE_HYPOGASTRIC.search(before):
        return True
    if _ONCE.search(before) and _DEALT_WITH.match(after):
        return True
    found = _LANDMARK_AFTER.match(after) and _BEFORE_LANDMARK.search(before)
    return bool(found and not _TURNED_TO.search(before))


_TURNED_TO = re.compile(
    r"\b(?:attention|turn\w*|moved|proceeded|focus\w*|addressed)\b[^.;,]{0,30}\bto\s+(?:the\s+)?(?:(?:right|left)\s+)?$",
    re.IGNORECASE,
)


_WHICH_HAD = re.compile(
    r"\s{0,3},?\s{0,3}which\s{1,3}(?:itself\s{1,3}|also\s{1,3}|too\s{1,3})?(?:had|has|was|is|show\w+|contain\w+|harbou?r\w+|bore)\b"
    r"[^.;]{0,60}\b(?:sten|narrow|occlu|CTO)",
    re.IGNORECASE,
)


_AND_THE = re.compile(r"\band\s+the\s+(?:right\s+|left\s+)?$", re.IGNORECASE)
_HAD = re.compile(
    r"\s+(?:artery\s+)?(?:had|has|was|is|show(?:ed|s)|contained|demonstrated)\b(?!\s+(?:\w+\s+)?(?:access|punctur|cannulat|entered|closed))",
    re.IGNORECASE,
)


_WENT_TO = re.compile(
    r"\W*(?:(?:then|next|and|I|we|finally)\s+){0,3}went\s+(?:on\s+)?(?:down\s+)?to\s+(?:the\s+)?", re.I
)


def is_passing(sentence: str, token: Token, tokens: Sequence[Token]) -> bool:
    """True for a vessel that is only a landmark, a way in, or where flow goes."""
    before, after = _BESIDE_IT.sub(" ", sentence[: token.start]), sentence[token.end :]
    if _APART_FROM.search(before):
        return True
    if _WENT_TO.fullmatch(before):
        return False
    near = any(is_content(t) and t.end <= token.start <= t.end + 40 for t in tokens) or bool(_PUT_AT.search(before))
    if near and _ORIGIN.search(before):
        return False
    own_lesion = any(t.kind == "lesion" and 0 <= t.start - token.end <= 3 for t in tokens)
    own_lesion = own_lesion or _WHICH_HAD.match(after) is not None
    own_lesion = own_lesion or bool(_AND_THE.search(before) and _HAD.match(after) and any(map(is_content, tokens)))
    if token.value.startswith("iliac/") and own_lesion and not _APART_FROM.search(before):
        return False
    if is_landmark(sentence, token) or _KEPT_FREE.match(after):
        return any(is_anchor(t) for t in tokens if t is not token) or is_landmark(sentence, token)
    if token.value.startswith("iliac/") and _LEADS_INTO.search(before) and not any(map(is_content, tokens)):
        return True
    if token.value.startswith("iliac/"):
        others = [t for t in tokens if is_anchor(t) and t is not token]
        return bool(_PASSING.search(before)) and not all(_AORTA.match(sentence, t.start) for t in others)
    led = any(t.value.startswith("iliac/") or t.value == "one" for t in tokens if t.end <= token.start)
    if led and token.value in _GROIN and _CLOSED_TO.search(before):
        return True
    if led and token.kind == "vessel" and _WIRE_WENT.search(before):
        return True
    if (
        token.value == "other-artery"
        and (_FROM.search(before) or _AT.search(before))
        and _AORTA_OR_RENAL.match(sentence, token.start)
    ):
        return True
    return bool(_PASSING.search(before) or _HANDLED.match(after))


_GROIN = ("femoral-popliteal/", "femoral-popliteal/common-femoral")
_CLOSED_TO = re.compile(
    r"\b(?:occl\w*|CTO|closed|blocked|shut|obstruct\w+|100\s?%|stenosis|stenosed|narrow\w*|disease\w*)(?:\s+\([^)]{1,20}\))?\s+"
    r"(?:\w+\s+){0,2}?(?:in)?to\s+(?:(?:the|just|level|of|above|below|proximal|distal|right|left)\s+)*$",
    re.IGNORECASE,
)
"""How far a lesion reaches: "occluded to the CFA"."""


def _less_results(anchors: list[Token], tokens: Sequence[Token]) -> list[Token]:
    """The vessels of a sentence less those of a result, where what was done was done to "both": "recoil CIA 25 %"."""
    each = next((t for t in tokens if t.kind == "refer" and t.value == "each"), None)
    done = next((t for t in tokens if t.kind == "treatment"), None)
    if each is None or done is None or not each.end <= done.start:
        return anchors
    result = next((t.start for t in tokens if t.kind == "completion" and t.start > done.end), None)
    return [] if result is not None and all(a.start > result for a in anchors) else anchors


def places_in(sentence: str, tokens: Sequence[Token]) -> list[Token]:
    """The words of a sentence that name places, less those that others are told apart from, or that are kept free."""
    found = [t for t in tokens if is_anchor(t) and not _APART_FROM.search(sentence[: t.start])]
    if "(" in sentence and len(found) > 1:
        found = less_bracketed(sentence, found)
    return [t for t in found if not (_KEPT_FREE.match(sentence[t.end :]) and _KEEPING.search(sentence[: t.start]))]


def anchors_in(sentence: str, tokens: Sequence[Token], named: list[Token], kept: list[Token]) -> list[Token]:
    """The words of the places a sentence is about: those `kept` of the `named`, where they leave any."""
    anchors = kept
    if not anchors and any(is_content(t) for t in tokens):
        anchors = [t for t in named if not is_landmark(sentence, t)]
        anchors = [t for t in anchors if t.value.startswith("iliac/") or not is_passing(sentence, t, tokens)]
    if any(t.value.startswith("iliac/") and t.value != "iliac/" for t in anchors):
        anchors = [t for t in anchors if t.value != "iliac/" or _has_own_words(sentence, t, tokens)]
        anchors = [t for t in anchors if t.value != "iliac/" or not _is_spelt_out(sentence, t, tokens)]
    return _less_results(anchors, tokens)


_BOTH_LEGS = re.compile(r"\s+(?:sides|legs|limbs|extremities)\b(?!\s+of\b)", re.IGNORECASE)
_OF_ONE_LEG = cue("of-one-leg")


def spoken_both(token: Token, sentence: str, tokens: Sequence[Token]) -> Token:
    """ "Both" before no vessel means both that were named, not both legs."""
    if token.kind != "side" or sentence[token.start : token.end].lower() != "both":
        return token
    if _BOTH_LEGS.match(sentence, token.end):
        return token
    if _OF_ONE_LEG.match(sentence[token.end :]) or (
        _ITS_LESIONS.match(sentence, token.end) and not _OF_TWO_LEGS.search(sentence)
    ):
        return token._replace(kind="refer", value="each")
    near = [t for t in tokens if is_anchor(t) and 0 <= t.start - token.end <= 14]
    near = [t for t in near if ":" not in sentence[token.end : t.start]]
    following = [t for t in tokens if is_anchor(t) and t.start >= token.end][:2]
    after = sentence[following[0].end : following[1].start] if len(following) == 2 else ""
    if len({t.value for t in following}) == 2 and _AND_THEN.fullmatch(after):
        return token._replace(kind="refer", value="each")
    return token if near else token._replace(kind="refer", value="each")


_AND_THEN = re.compile(r"\s*(?:(?:\w+\s+){0,2}(?:and|&|\+)\s*)?(?:the\s+)?")
_ITS_LESIONS = re.compile(r"\s+[CEI]IA\s+(?:lesions|stenoses|occlusions|plaques|CTOs|narrowings|segments)\b")
"""Both lesions of an artery, which may be of one leg."""
_OF_TWO_LEGS = re.compile(r"\b(?:kiss|bilat)", re.IGNORECASE)
_OTHER_SIDE = cue("other-side")
_SIMILAR = re.compile(
    r"\b(?:similar|same|another|comparable|matching|identical)\b[^.;,]{0,40}\b(?:stenosis|narrowing|occlusion|lesion)"
    r"\s+on\s+(?:the\s+)?$",
    re.IGNORECASE,
)


def with_other_side(sentence: str, tokens: list[Token], anchors: list[Token]) -> tuple[list[Token], list[Token]]:
    """ "The left common iliac was occluded, the right had a stenosis": the other side's vessel is named by its side."""
    for side in [t for t in tokens if t.kind == "side" and t.value != "bilateral"]:
        before = [a for a in anchors if a.end <= side.start and a.kind == "vessel"]
        if before and (_OTHER_SIDE.match(sentence[side.end :]) or _SIMILAR.search(sentence, 0, side.start)):
            named = Token(kind="vessel", value=before[-1].value, start=side.end, end=side.end)
            tokens = sorted([*tokens, named], key=lambda t: (t.start, t.end))
            anchors = sorted([*anchors, named], key=lambda t: t.start)
    return tokens, anchors
