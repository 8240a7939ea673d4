"""The labels a passage of a note stands under: which vessels, leg, treatment and lesion they name.

Knows the tokens of a label. Which label holds for a saying is the discourse's business.
"""

import bisect
import re
from collections.abc import Sequence
from itertools import pairwise

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.anchors import is_landmark
from cds_service.fhir.notes.clauses import THERE
from cds_service.fhir.notes.forms import ticked
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.legs import declared_legs
from cds_service.fhir.notes.memory import Memory
from cds_service.fhir.notes.naming import label_key
from cds_service.fhir.notes.polarity import How
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_ENTERED = cue("entered")
_WAY_IN = cue("way-in")
_BOTH_OF_WHAT = re.compile(
    r"\bboth\b(?!\s+(?:\w+\s+)?(?:legs?|limbs?|sides?|extremit\w+|iliacs?|groins?|[CEI]IAs?)\b)", re.I
)
_OF_BOTH_LEGS = re.compile(
    r"\b(?:disease|angio\w*gra\w*|arterio\w*gra\w*|aorto\w*gra\w*|run-?offs?|stud(?:y|ies)|imaging|duplex|claudica\w*|PAD|CLTI"
    r"|isch(?:a?)em\w*|access\w*|injections?|angios?)\b",
    re.IGNORECASE,
)
"""What concerns both legs, whichever was treated."""
_BOTH_WORKED_ON = re.compile(
    r"(?!.*\b(?:sides?|either|each|same|stent\w*|angioplast\w*|PTA)\b).*"
    r"\b(?:work|interventions?|procedures?|cases?|treatments?|re-?vasc\w*)\b",
    re.IGNORECASE,
)
"""A heading of what was done at large, on the very line that then tells of single arteries."""
_THROUGH = re.compile(r"\b(?:through|via)\s+(?:an?\s+|the\s+)?$", re.IGNORECASE)
_DENIED_LABEL = re.compile(r"\b(?:no|not|without|stents?\s+(?:placed|used))\b", re.IGNORECASE)


def note_labels(passage: Passage, text: str, tokens: Sequence[Token], *, memory: Memory, starts: Sequence[int]) -> None:
    """Take in the labels a passage stands under, once each; `tokens` are the whole text's, which start at `starts`."""
    for span in (passage.line, passage.block, passage.leg, passage.head):
        if span is None or span in memory.label_places:
            continue
        inside = tokens[bisect.bisect_left(starts, span[0]) : bisect.bisect_left(starts, span[1])]
        placed = any(t.kind in ("vessel", "short") and not t.value.endswith("/") for t in inside)
        ways_in = {t for t in inside if not (placed and t.value != "bilateral") and _ENTERED.match(text, t.end)}
        ways_in |= {t for t in inside if _THROUGH.search(text, max(span[0], t.start - 16), t.start)}
        sides = {t.value for t in inside if t.kind == "side" and t not in ways_in}
        named: tuple[Side, ...] = ()
        if len(sides) == 1:
            named = tuple(Side) if sides == {"bilateral"} else (Side(sides.pop()),)
        content = any(t.kind in ("lesion", "treatment") for t in inside) and span == passage.line
        words = text[slice(*span)]
        if (content and text[span[1] : span[1] + 1] == ".") or (sides == {"bilateral"} and _BOTH_OF_WHAT.search(words)):
            named = ()
        at_large = span == passage.line and _BOTH_WORKED_ON.match(words)
        if len(named) > 1 and not placed and (at_large or _OF_BOTH_LEGS.search(words)):
            named = ()
        content = content or (text[span[1] : span[1] + 1] == "." and bool(_WAY_IN.search(words)))
        if text[span[1] : span[1] + 1] == "." and placed and _is_way_across(inside, tokens, text, memory):
            named = ()
        places = [t for t in inside if t.kind in ("vessel", "short") and not content]
        places = [t for t in places if len(places) < 2 or not is_landmark(words, t.within(span[0]))]
        specific = [t for t in places if not t.value.endswith("/")] or places
        legs = [t for t in inside if t.kind == "side"] if len(specific) > 1 else []
        found = tuple(
            (
                Territory(t.value.split("/")[0]),
                Vessel(v) if (v := t.value.split("/")[1]) else None,
                named or _leg_beside(t, legs, text),
            )
            for t in specific
        )
        memory.label_places[span] = tuple(p for p in dict.fromkeys(found) if p[1] is not None)
        memory.label_sides[span] = named
        named_t = {t.value for t in inside if t.kind == "treatment"}
        artery = any(t.kind in ("vessel", "short") and not t.value.endswith("/") for t in inside)
        alone = span == passage.line and named_t and not (places or artery)
        alone = alone and text[span[1] : span[1] + 2].lstrip()[:1] == ":" and not THERE.match(text, span[1])
        if alone and not _DENIED_LABEL.search(text[span[0] : span[1]]):
            memory.label_treatments[span] = frozenset((t, How.DONE) for t in named_t)
        memory.label_keys[span] = label_key(text[span[0] : span[1]])


def _is_way_across(inside: Sequence[Token], tokens: Sequence[Token], text: str, memory: Memory) -> bool:
    """True for "Right CFA, 6F, crossover." where the iliac arteries are named of the other leg."""
    if any(t.value.startswith("iliac/") for t in inside):
        return False
    if memory.iliac_legs is None:
        memory.iliac_legs = frozenset(
            leg.value
            for leg, vessel in pairwise(tokens)
            if leg.kind == "side" and vessel.value.startswith("iliac/") and not text[leg.end : vessel.start].strip(" .")
        )
    own = {t.value for t in inside if t.kind == "side"}
    return bool(memory.iliac_legs) and memory.iliac_legs.isdisjoint({*own, "bilateral"})


def _leg_beside(vessel: Token, legs: Sequence[Token], text: str) -> tuple[Side, ...]:
    """The leg right before one of several vessels of a label: "Left EIA and both IIA"."""
    for leg in legs:
        if leg.end <= vessel.start and not text[leg.end : vessel.start].strip(" ."):
            return tuple(Side) if leg.value == "bilateral" else (Side(leg.value),)
    return ()


def declare_legs(passage: Passage, text: str, memory: Memory) -> None:
    """Take in the legs a passage, or its label with it, declares for the whole note."""
    above = next((x for x in (passage.line, passage.block, passage.head) if x and x[1] <= passage.start), None)
    label = text[slice(*above)] + ": " if above else ""
    said = ticked(text[passage.start : passage.end])
    memory.declared |= declared_legs(said) | (declared_legs(label + said) if label else set())
    memory.opening |= declared_legs(said, opening=True)
    before = max(0, passage.start - _LONGEST_QUESTION)
    if "?" in text[before : passage.start] and (asked := _ASKED.search(text, before, passage.start)):
        memory.declared |= declared_legs(f"{asked.group(1)}: {_ANSWER.sub('', said)}")


_LONGEST_QUESTION = 60
_ASKED = re.compile(r"([^.\n;:?]+)\?\s*$")
_ANSWER = re.compile(r"^A(?:nswer)?\s*[:.)]\s*")
