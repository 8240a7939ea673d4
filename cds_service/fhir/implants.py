"""Devices of an act: what was implanted, beside code and body site.

Knows focalDevice, usedCode, usedReference, R5's used, Device, DeviceDefinition and complications. A stent that was
implanted outranks words that say balloon only; one that was opened, removed or only handled does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, codings, obj, objects, reference, text, words
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.knowledge.terms import Lexicon

_NOT_SURELY = re.compile(r"fail|attempt|\bnot\b|\bno\b|unable|abort", re.IGNORECASE)
_LEFT_BEHIND = re.compile(r"implant|insert|plac(?:ed|ement)|deploy|left", re.IGNORECASE)
_HANDLED = re.compile(r"explant|remov|manipulat|adjust|retriev|recaptur|reposition", re.IGNORECASE)
_WASTED = re.compile(r"wast|unused|opened|not\s+(?:used|deployed|implanted|needed)|discard|contaminat", re.IGNORECASE)
_TOOL = re.compile(r"catheter|deliver|retriev|snare|sheath|remov|sizing|inflation|extract", re.IGNORECASE)


class Stent(Enum):
    """Whether a device is a stent that stayed: surely, perhaps, or not at all."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A device with the words that say what it is."""

    stent: Stent
    quote: str = ""


NOTHING = Judged(stent=Stent.NO)


class HasDevices(Protocol):
    """The part of an act that devices are written to."""

    devices: dict[str, Evidence]
    hints: list[Evidence]

    def evidence(self, path: str, quote: str) -> Evidence: ...


def read_devices(act: HasDevices, raw: Json, vocabulary: Vocabulary, chart: Chart | None) -> None:
    """Note an implanted stent; one that may have been implanted, or a complication that mentions one, is a hint."""
    for path, value, action in devices_of(raw):
        found, kept = judge(value, raw, vocabulary, chart), stays(action)
        if found.stent is Stent.YES and kept is Stent.YES:
            act.devices.setdefault("stent", act.evidence(path, found.quote))
        elif Stent.NO not in (found.stent, kept):
            act.hints.append(act.evidence(path, found.quote))
    for name in ("complication", "complicationDetail"):
        for index, item in enumerate(objects(raw.get(name))):
            phrase = words(item) or text(item.get("display")) or text(obj(item.get("reference")).get("display"))
            if any("stent" in c.treatments for c in read_clauses(phrase, vocabulary.lexicon)):
                act.hints.append(act.evidence(f"{name}[{index}]", phrase))


def judge(value: Json, container: Json, vocabulary: Vocabulary, chart: Chart | None) -> Judged:
    """What a device is: a concept, a reference with its words, or the Device and definition it leads to."""
    target = chart.resolve(reference(value), container) if chart is not None else None
    if target is not None and target.kind == "Device" and not _is_kept(target.raw):
        return NOTHING
    found = [_named(v, vocabulary) for v in _descriptions(value, target.raw if target else {}, chart)]
    for wanted in (Stent.YES, Stent.PERHAPS):
        best = next((f for f in found if f.stent is wanted), None)
        if best is not None:
            return best
    return NOTHING


def is_wasted(raw: Json) -> bool:
    """True when a note says the device was not used or did not stay."""
    return any(_WASTED.search(text(n.get("text"))) for n in objects(raw.get("note")))


def _is_kept(device: Json) -> bool:
    return text(device.get("status")) != "entered-in-error" and not is_wasted(device)


def _descriptions(value: Json, device: Json, chart: Chart | None) -> Iterator[Json]:
    yield value
    if isinstance(value.get("reference"), dict):
        yield obj(value.get("reference"))
    definition = chart.resolve(reference(device.get("definition")), device) if chart is not None else None
    for raw in (device, definition.raw if definition is not None else {}):
        yield from objects(raw.get("type"))
        for item in objects(raw.get("deviceName")) + objects(raw.get("name")):
            yield {"display": item.get("name") or item.get("value")}


def _named(value: Json, vocabulary: Vocabulary) -> Judged:
    phrase = words(value) or text(value.get("display"))
    for coding in codings(value):
        known = vocabulary.concept(coding)
        if known is not None and known.aspect == "device" and known.treatment == "stent":
            return Judged(stent=Stent.YES, quote=coding.display or phrase or coding.code)
    if _WASTED.search(phrase):
        return NOTHING
    if _treatments(phrase, vocabulary.lexicon) == {"stent"}:
        return Judged(stent=Stent.PERHAPS if _TOOL.search(phrase) else Stent.YES, quote=phrase)
    # A name of the trade that notes are read for, such as a maker's, is enough to ask.
    by_name = _treatments(phrase, vocabulary.notes) == {"stent"}
    return Judged(stent=Stent.PERHAPS, quote=phrase) if by_name else NOTHING


def _treatments(phrase: str, lexicon: Lexicon) -> set[str]:
    return {t for c in read_clauses(phrase, lexicon) if c.is_done for t in c.treatments} if phrase else set()


def devices_of(raw: Json) -> Iterator[tuple[str, Json, Any]]:
    """Every device of an act with the path it stands at, and what was done with it where that is told."""
    for name in ("usedCode", "used", "usedReference"):
        for index, value in enumerate(objects(raw.get(name))):
            yield f"{name}[{index}]", value, None
    for index, value in enumerate(objects(raw.get("focalDevice"))):
        for device in objects(value.get("manipulated")):
            yield f"focalDevice[{index}].manipulated", device, value.get("action")


def stays(action: Any) -> Stent:
    """A focal device without an action is taken as implanted; an action nobody knows is a question."""
    said = " ".join((words(action), *(f"{c.code} {c.display}" for c in codings(action)))).strip()
    if not said:
        return Stent.YES
    if _NOT_SURELY.search(said):
        return Stent.PERHAPS
    if _HANDLED.search(said):
        return Stent.NO
    return Stent.YES if _LEFT_BEHIND.search(said) else Stent.PERHAPS
