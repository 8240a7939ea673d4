"""Guards: signs in a note that put all its work in question, whatever the note tells of single vessels.

Each guard is one principle: was anything done at all, on which day, by whom, in how many sessions, on second thoughts,
on a vessel quite closed. A guard only ever takes an answer back; its answer is the words that ask.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.lines import Span
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.occasions import is_of_dated_study
from cds_service.fhir.notes.other_work import (
    NOT_CARRIED_OUT,
    is_of_other_work,
    is_of_way_in,
    names_others_only,
    territories,
)
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import Cues, Rare, rare
from cds_service.fhir.notes.saying import Quote, quoted
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon, Token

_ASKING = tuple(
    rare(name)
    for name in (
        "another-hand",
        "as-at-the-start",
        "blank-device",
        "came-back",
        "came-out",
        "cut-short",
        "no-account",
        "not-carried-out",
        "of-a-branch",
        "others-work",
        "rethought",
        "says-otherwise",
        "second-sitting",
        "stage-two",
        "stents-over",
        "void",
        "which-artery",
        "whose-leg",
    )
)
_OF_THIS_ARTERY = (rare("fresh-occlusion"), rare("debulked"))
_OF_ILIAC = (rare("all-but-occluded"), rare("in-the-way"))
_UNSETTLED, _FOR_A_DEVICE, _SPANS_BOTH = rare("unsettled"), rare("for-a-device"), rare("spans-both")
ASKED = (*_ASKING, *_OF_THIS_ARTERY, *_OF_ILIAC, _FOR_A_DEVICE, _SPANS_BOTH, _UNSETTLED)
"""What `asking` looks for in sentences, whatever else they tell."""
_NAMES_ASKED = frozenset(said.name for said in ASKED)
_ABOUT = cue("unsettled-about")
_CONSENT = re.compile(
    r"\W*(?:(?:the\s+)?(?:patient|pt|he|she)\s+(?:was\s+|had\s+)?)?(?:informed\s+|written\s+)?consent", re.IGNORECASE
)
DENIED = re.compile(r"\b(?:no|not|nothing|0|free|without|none|nil|never|neither|nor|rather\s+than)\b", re.IGNORECASE)


def asking(passage: Passage, text: str, tokens: Sequence[Token], *, before: Sequence[Token] = ()) -> Quote | None:
    """Words of a sentence that leave open what was found or done, or in which session: "device count not recorded".

    `before` are the tokens of the sentence before it: the artery it is about, where it names none and that was not
    only found open.
    """
    if _NAMES_ASKED.isdisjoint(passage.cues):
        return None
    words, cues, at = text[passage.start : passage.end], passage.cues, passage.start
    away = names_others_only(tokens if territories(tokens) or any(t.kind == "state" for t in before) else before)
    asked = [said for said in _ASKING if not (said.name == NOT_CARRIED_OUT and is_of_way_in(passage, text, tokens))]
    asks = any((m := said.find(words, cues, at)) and not is_of_other_work(said, m, away) for said in asked)
    asks = asks or _is_open(passage, words, at)
    asks = asks or (_is_of_this_artery(passage, words, tokens) and not _is_named_before(words, text[:at]))
    asks = asks or any(said.find(words, cues, at) for said in _asked_of_iliac(words, tokens))
    return Quote(start=at, end=at + len(words.rstrip()), words=words.rstrip()) if asks else None


def _is_open(passage: Passage, words: str, at: int) -> bool:
    """True for words that leave a lesion or a device open; a consent names what may be done."""
    if passage.section == "other" or _CONSENT.match(words):
        return False
    return bool(_UNSETTLED.find(words, passage.cues, at) and _ABOUT.search(words))


def _asked_of_iliac(words: str, tokens: Sequence[Token]) -> list[Rare]:
    """What is looked for in a sentence because of the iliac arteries and the treatments it names."""
    if not _is_of_iliac(tokens):
        return []
    done = {t.value for t in tokens if t.kind == "treatment"}
    asked = [] if _is_of_stented(words, tokens) else [*_OF_ILIAC]
    asked = [said for said in asked if said.name != _SUBTOTAL or not is_of_dated_study(words)]
    return asked + [_FOR_A_DEVICE] * bool(done - {"stent"}) + [_SPANS_BOTH] * ("stent" in done)


_DEBULKED, _SUBTOTAL = "debulked", "all-but-occluded"


def _is_of_stented(words: str, tokens: Sequence[Token]) -> bool:
    """True for words on one artery that received a stent: how far it was closed makes nothing of any other one."""
    arteries = {t.value for t in tokens if t.kind in ("vessel", "short") and not t.value.endswith("/")}
    stented = any(t.kind == "treatment" and t.value == "stent" for t in tokens)
    return len(arteries) == 1 and stented and not DENIED.search(words)


def _is_of_this_artery(passage: Passage, words: str, tokens: Sequence[Token]) -> bool:
    """True for fresh clot, or a device that removes plaque, told of an iliac artery or of no other one.

    A device that is called one of atherectomy is read as such.
    """
    named = any(t.kind == "treatment" and t.value == "atherectomy" for t in tokens)
    named = named or _is_of_stented(words, tokens)
    asked = [said for said in _OF_THIS_ARTERY if not (named and said.name == _DEBULKED)]
    found = [m for said in asked if (m := said.find(words, passage.cues, passage.start))]
    if not any(not _is_denied_near(words, m.start(), m.end()) for m in found):
        return False
    return _is_of_iliac(tokens)


_LASER, _LASER_NAMED = (re.compile(p, re.IGNORECASE) for p in (r"\blaser\b", r"\blaser\s+atherectomy\b"))


def _is_named_before(words: str, before: str) -> bool:
    """True for "laser was done", where the note has called it laser atherectomy: read as such there."""
    return _LASER.search(words) is not None and _LASER_NAMED.search(before) is not None


def _is_of_iliac(tokens: Sequence[Token]) -> bool:
    """True for words that name an iliac artery, or no artery at all."""
    named = territories(tokens)
    return not named or "iliac" in named


def _is_denied_near(words: str, start: int, end: int) -> bool:
    """True for words denied within their clause, before or after them; a "no" within them denies nothing."""
    if _UNTICKED.search(words, 0, start):
        return True
    before = re.split(r"[;:.]", words[max(0, start - _NEAR) : start])[-1]
    after = re.split(r"[;,.]", words[end : end + _NEAR])[0]
    return bool(DENIED.search(before) or DENIED.search(after))


_UNTICKED = re.compile(r"(?:\[\s{0,3}\]|\u2610|\(\s{1,3}\))\s{0,3}$")
_NEAR = 60
_NOTHING = rare("nothing")
_ARTERY = cue("place")
_HEADS_LIST = re.compile(r"\s{0,3}:\s*\n")


def nothing_done(passage: Passage, text: str) -> Quote | None:
    """Words that say nothing was done at all; after a vessel in their line they are of that one."""
    found = _NOTHING.pattern.search(text, passage.start, passage.end) if _NOTHING.name in passage.cues else None
    if found is None or _HEADS_LIST.match(text, found.end()):
        return None
    if _ARTERY.search(text, text.rfind("\n", 0, passage.start) + 1, passage.start):
        return None
    if text[found.start() - 1 : found.start()] == "(" and _SHEATH.search(text, passage.start, found.start()):
        return None
    return quoted(found)


_SHEATH = re.compile(r"\b(?:radial|brachial|femoral|CFA|pedal|access|puncture|sheath|\dF(?:r|rench)?)\b", re.IGNORECASE)


_TOLD_AS_DONE = cue("told-done")
_FEW_LINES = 2
_AFTERCARE = re.compile(
    r"(?:^|(?<=[.;\n])|(?<=[.;\n] ))(?:d/c|dc['\u2019]?d?|discharge\w*|home|bed\s?rest|f/u|follow[\s-]?up|plan"
    r"|DAPT|ASA|clopidogrel|Plavix)\b[^.;\n]*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][^\W\d_'\u2019]+")


def only_named(text: str, tokens: Sequence[Token], lexicon: Lexicon, statements: Sequence[Statement]) -> Quote | None:
    """A word that may tell of another occasion, where treatments are only named and nowhere told as done.

    A request, a list, a letter or a visit names the same words that a short operative note does. Such a line is taken
    for one only when all its words are those of such notes. A form with its treatments on many lines is one anyway.
    """
    done = [s.saying.start for s in statements if any(h is How.DONE for _, h in s.saying.treatments)]
    lines = {text.rfind("\n", 0, at + 1) + 1 for at in done}
    if not 0 < len(lines) <= _FEW_LINES or _is_told_as_done(text, min(lines)):
        return None
    for start in sorted(lines):
        end = text.find("\n", start)
        found = _unknown_word(text, (start, len(text) if end < 0 else end), tokens, lexicon)
        if found is not None:
            return found
    return None


def _is_told_as_done(text: str, work: int) -> bool:
    """True where any words tell of something done; those from the work on are the likelier ones."""
    return bool(_TOLD_AS_DONE.search(text, work) or _TOLD_AS_DONE.search(text))


def _unknown_word(text: str, line: Span, tokens: Sequence[Token], lexicon: Lexicon) -> Quote | None:
    own = [t for t in tokens if line[0] <= t.start < line[1]]
    at = 0
    after = [m.span() for m in _AFTERCARE.finditer(text, *line) if not any(m.start() <= t.start < m.end() for t in own)]
    for match in _WORD.finditer(text, *line):
        if any(a <= match.start() < b for a, b in after):
            continue
        while at < len(own) and own[at].end <= match.start():
            at += 1
        word = match.group().lower()
        is_term = at < len(own) and own[at].start <= match.start()
        if not (is_term or word in lexicon.plain):
            return quoted(match) if match.group().islower() else _clause_of(match, text, line)
    return None


def _clause_of(match: re.Match[str], text: str, line: Span) -> Quote:
    """The clause of a word that may be part of a name: whose it is, its neighbours tell."""
    start = max(line[0], *(text.rfind(sign, line[0], match.start()) + 1 for sign in ".;"))
    end = min((at for sign in ".;" if (at := text.find(sign, match.end(), line[1])) >= 0), default=line[1])
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return Quote(start=start, end=end, words=text[start:end])


_SERVICE_YEAR = rare("service-year")
_LABELLED = cue("service-label")
_OTHER_EVENT = cue("dated-otherwise")


def other_year(text: str, cues: Cues, asides: Sequence[Span]) -> Quote | None:
    """The date of the work, where it is told and lies in another year than those the codes are for."""
    for match in cues.matches(_SERVICE_YEAR, text):
        if any(a <= match.start() < b for a, b in asides):
            continue
        start = max(text.rfind("\n", 0, match.start()), text.rfind(". ", 0, match.start()) + 1) + 1
        before, after = text[start : match.start()], text[match.end() : match.end() + 60]
        labelled = _LABELLED.match(match.group()) is not None
        if len(before.split()) > (6 if labelled else 2) or _OTHER_EVENT.search(before):
            continue
        if labelled or not _OTHER_EVENT.search(re.split(r"[.;\n]", after)[0]):
            return quoted(match)
    return None
