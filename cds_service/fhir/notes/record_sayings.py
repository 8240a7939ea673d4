"""What a record of a form says: its vessel and leg, what was found there, and what was done.

Knows answers: yes and no, figures, names, blanks. What a field leaves open is a doubt, never a guess.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cds_service.coding.anatomy import Side
from cds_service.fhir.notes.clauses import Part
from cds_service.fhir.notes.forms import ticked, ticked_options
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.legs import sides_in
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.fhir.notes.sayings import saying_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_YES, _NO, _UNKNOWN, _IDLE = cue("form-yes"), cue("form-no"), cue("form-unknown"), cue("form-idle")
_RIGHT, _LEFT = cue("form-right"), cue("form-left")
_WHOLE, _SIZE, _PUT_OFF = cue("whole"), cue("device-size"), cue("form-put-off")
_BOX = re.compile(r"\[[ xX✓✔]?\]|[☐☑☒]")
_YES_OR_NO = re.compile(r"\b(?:yes|no|y|n)\b", re.IGNORECASE)
_YES_BOXED = re.compile(r"(?:\[[xX✓✔]\]|[☑☒])\s*(yes|no|y|n)\b", re.IGNORECASE)
_BOXED_YES = re.compile(r"\b(yes|no|y|n)\s*(?:\[[xX✓✔]\]|[☑☒])", re.IGNORECASE)
_FIGURE = re.compile(r"\D{0,3}(\d{1,3})(?:\s*[-–]\s*\d{1,3})?\s*(?:%|percent)?\s*\w*\s*")
_FIRST_TIME = re.compile(r"\bde[ -]?novo\b|\bnative\b", re.IGNORECASE)
_FAILED = re.compile(r"(?:no|fail\w*|unsuccess\w*|n|false|0)\b.*", re.IGNORECASE)
_FLAT_NO = re.compile(r"(?:no|n|false|not\s+(?:done|performed|treated|used))\W*", re.IGNORECASE)
_SAME = re.compile(r'(?:["”″〃]+|ditto|do\.?|idem|id\.|same|as\s+above|↓)\s*', re.IGNORECASE)
_WORKS = {"balloon": "angioplasty", "atherectomy": "atherectomy", "lithotripsy": "lithotripsy", "stent": "stent"}
_HALF, _WHOLE_FIGURE = 50, 100


@dataclass(slots=True)
class _Heard:
    """What the cells of one record add up to."""

    kept: list[Token] = field(default_factory=list)
    flags: set[tuple[str, How]] = field(default_factory=set)
    lesions: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    figures: list[int] = field(default_factory=list)
    legs: list[tuple[str, tuple[Side, ...]]] = field(default_factory=list)
    in_stent: bool = False
    failed: bool = False
    open: bool = False

    def hear(self, role: str, words: str, inside: Sequence[Token]) -> None:
        """Take in one cell."""
        if _SAME.fullmatch(words):
            self.open = True
        elif role == "history":
            self.in_stent = self.in_stent or any(t.value == "stent" for t in inside)
        elif role in ("side", "leg"):
            self._side(role, words)
        elif role == "success":
            self.failed = self.failed or bool(_FAILED.fullmatch(words))
        elif role == "past":
            self.in_stent = self.in_stent or not (_NO.fullmatch(words) or _FIRST_TIME.search(words))
        elif role in _WORKS:
            self._work(role, words, inside)
        elif role == "treatment":
            self._treatment(words, inside)
        elif role in ("before", "occlusion", "stenosis"):
            self._lesion(role, words, inside)
        elif role == "place":
            self.kept += inside

    def _side(self, role: str, words: str) -> None:
        leg = Side.RIGHT if _RIGHT.fullmatch(words) else Side.LEFT if _LEFT.fullmatch(words) else None
        if leg is not None:
            self.legs.append((role, (leg,)))
        elif words and role == "side":
            self.open = True

    def _work(self, role: str, words: str, inside: Sequence[Token]) -> None:
        """A field that asks for one kind of work: a blank or a guess about a stent leaves it open."""
        named = [t for t in inside if t.kind == "treatment"]
        if _UNKNOWN.search(words) or (role == "stent" and not words):
            self.flags.add((_WORKS[role], How.DOUBTFUL))
        elif _NO.fullmatch(words) and not any(t.value == "stent" for t in named):
            self.flags |= {("stent", How.DENIED)} if role == "stent" else set()
        elif named and not _YES.fullmatch(words):
            self.kept += inside
        else:
            self.flags.add((_WORKS[role], How.DONE))
            self.kept += [t for t in named if t.value != _WORKS[role]]

    def _treatment(self, words: str, inside: Sequence[Token]) -> None:
        named = any(t.kind == "treatment" for t in inside)
        self.failed = self.failed or bool(_FLAT_NO.fullmatch(words))
        if _UNKNOWN.search(words):
            self.open = True
        if named or any(t.kind == "lesion" for t in inside):
            self.kept += [t for t in inside if t.kind != "lesion"]
        if not named and not (_NO.fullmatch(words) or _IDLE.search(words)):
            self.flags.add(("unclear", How.DONE) if _SIZE.search(words) else ("angioplasty", How.DOUBTFUL))

    def _lesion(self, role: str, words: str, inside: Sequence[Token]) -> None:
        if _UNKNOWN.search(words):
            self.open = True
        self.failed = self.failed or bool(_PUT_OFF.fullmatch(words))
        if any(t.kind == "lesion" for t in inside):
            self.kept += inside
        elif _WHOLE.fullmatch(words):
            self.lesions.add("occlusion")
        elif role in ("occlusion", "stenosis") and _NO.fullmatch(words):
            self.denied |= {role} if words.strip("0-. ") else set()
        elif role == "occlusion" and _YES.fullmatch(words):
            self.lesions.add("occlusion")
        elif figure := _FIGURE.fullmatch(words):
            self.figures.append(int(figure.group(1)))
        elif role == "stenosis" and _YES.fullmatch(words):
            self.lesions.add("stenosis")


def record_sayings(passage: Passage, tokens: Sequence[Token], text: str) -> Iterator[Saying]:
    """The saying of a record, all else in its lines left out."""
    if passage.row is None:
        return
    heard = _Heard()
    sentence = [" "] * (passage.end - passage.start)
    for role, (start, end) in passage.row.cells:
        apart = role != "leg" and not passage.start <= start <= end <= passage.end
        if apart or role in ("plan", "case", "after", "size", "other"):
            continue
        written = text[start:end]
        words = written
        inside: Sequence[Token] = [t for t in tokens if start <= t.start and t.end <= end]
        if _BOX.search(written):
            written, words, inside = _ticked(written, inside, start)
        before = len(heard.kept)
        heard.hear(role, " ".join(words.split()), inside)
        if len(heard.kept) > before or role == "treatment":
            sentence[start - passage.start : end - passage.start] = written
            if start > passage.start:
                sentence[start - passage.start - 1] = ";"
    yield _said(passage, "".join(sentence), heard)


def _ticked(written: str, inside: Sequence[Token], at: int) -> tuple[str, str, Sequence[Token]]:
    """A cell of boxes with its ticked options alone: as it stands, its words, and the tokens left."""
    moved = [t.within(at) for t in inside]
    left, kept = ticked_options(written, moved)
    left = _BOX.sub(lambda box: " " * len(box.group()), left)
    if _YES_OR_NO.search(written):
        answers = _YES_BOXED if _BOX.match(written) else _BOXED_YES
        chosen = [m.group(1) for m in answers.finditer(written)]
        return left, chosen[0] if len(chosen) == 1 else "", []
    return left, ticked(written), [t for t, m in zip(inside, moved, strict=True) if m in kept]


def _said(passage: Passage, sentence: str, heard: _Heard) -> Saying:
    place = next(span for role, span in passage.row.cells if role == "place")  # type: ignore[union-attr]
    is_place = [place[0] <= t.start < place[1] for t in heard.kept]
    vessels = [t for t, here in zip(heard.kept, is_place, strict=True) if t.kind in ("vessel", "short") and here]
    elsewhere = [t for t, here in zip(heard.kept, is_place, strict=True) if t.kind in ("vessel", "short") and not here]
    named = sides_in([t for t, here in zip(heard.kept, is_place, strict=True) if here])
    drop = {*vessels[1:], *elsewhere, *(t for t in heard.kept if t.kind == "side")}
    kept = sorted((t for t in heard.kept if t not in drop), key=lambda t: t.start)
    moved = [t.within(passage.start) for t in kept]
    anchors = tuple(m for m, t in zip(moved, kept, strict=True) if t in vessels[:1])
    said = saying_of(passage, sentence, Part(tokens=tuple(moved), anchors=anchors), moved)
    own = {legs for role, legs in heard.legs if role == "side"} | ({named} if named else set())
    above = {legs for role, legs in heard.legs if role == "leg"}
    legs = next(iter(own)) if len(own) == 1 else next(iter(above)) if len(above) == 1 and not own else ()
    other = {t.value for t in (*vessels, *elsewhere) if t.value.startswith("iliac/")}
    treatments = said.treatments | heard.flags
    if len({t for t, h in treatments if h is How.DONE}) > 1:
        treatments -= {("unclear", How.DONE)}
    if heard.open or heard.failed or len(own) > 1 or len(other) > 1:
        treatments = frozenset((t, How.DOUBTFUL if h is How.DONE else h) for t, h in treatments)
    return replace(
        said,
        places=tuple((where, vessel, legs) for where, vessel, _ in said.places),
        treatments=treatments,
        lesions=said.lesions | _lesions(heard, said.lesions),
        denied=said.denied | (heard.denied - said.lesions),
        failed=said.failed or heard.failed,
    )


def _lesions(heard: _Heard, named: frozenset[str]) -> set[str]:
    """The lesions of answers and figures; a figure that gainsays a name is a second lesion, so that it is asked for."""
    out = set(heard.lesions)
    known = out | named
    for figure in heard.figures:
        if figure >= _WHOLE_FIGURE and "occlusion" not in known:
            out.add("occlusion")
        elif _HALF <= figure < _WHOLE_FIGURE and not known & {"stenosis", "subtotal"}:
            out.add("stenosis")
    return out | ({"in-stent"} if heard.in_stent else set())
