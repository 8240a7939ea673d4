"""Devices of an act: what was implanted, beside code and body site.

Knows focalDevice, usedCode, usedReference, R5's used and complications. A stent that was implanted
outranks words that say balloon only; one that was opened and not deployed does not.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart
from cds_service.fhir.elements import Json, codings, obj, objects, reference, text, words
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.vocabulary import Vocabulary


class HasDevices(Protocol):
    """The part of an act that devices are written to."""

    devices: dict[str, Evidence]
    hints: list[Evidence]

    def evidence(self, path: str, quote: str) -> Evidence: ...


def read_devices(act: HasDevices, raw: Json, vocabulary: Vocabulary, chart: Chart | None) -> None:
    """Note an implanted stent; a complication that mentions one is only a hint."""
    for path, value in _used(raw, chart):
        for coding in codings(value):
            known = vocabulary.concept(coding)
            if known is not None and known.aspect == "device" and known.treatment == "stent":
                act.devices.setdefault("stent", act.evidence(path, coding.display or coding.code))
        if _is_stent(_phrase(value), vocabulary):
            act.devices.setdefault("stent", act.evidence(path, _phrase(value)))
    for name in ("complication", "complicationDetail"):
        for index, item in enumerate(objects(raw.get(name))):
            phrase = words(item) or text(item.get("display")) or text(obj(item.get("reference")).get("display"))
            if any("stent" in c.treatments for c in read_clauses(phrase, vocabulary.lexicon)):
                act.hints.append(act.evidence(f"{name}[{index}]", phrase))


def _phrase(value: Any) -> str:
    return words(value) or text(obj(value).get("display"))


def _is_stent(phrase: str, vocabulary: Vocabulary) -> bool:
    clauses = read_clauses(phrase, vocabulary.lexicon) if phrase else []
    named = {t for c in clauses if c.is_done for t in c.treatments}
    return named == {"stent"}


def _used(raw: Json, chart: Chart | None) -> Iterator[tuple[str, Any]]:
    """Every device with the path it stands at: as a concept, as a reference's words, as the Device referred to."""
    for name in ("usedCode", "used", "usedReference"):
        for index, value in enumerate(objects(raw.get(name))):
            yield f"{name}[{index}]", value
            yield from _device(f"{name}[{index}]", value, raw, chart)
    for index, value in enumerate(objects(raw.get("focalDevice"))):
        manipulated = obj(value.get("manipulated"))
        yield f"focalDevice[{index}].manipulated", manipulated
        yield from _device(f"focalDevice[{index}].manipulated", manipulated, raw, chart)


def _device(path: str, value: Json, raw: Json, chart: Chart | None) -> Iterator[tuple[str, Any]]:
    inner = value.get("reference")
    if isinstance(inner, dict):
        yield path, inner
    target = chart.resolve(reference(value), raw) if chart is not None else None
    if target is not None and target.kind == "Device":
        yield path, target.raw.get("type")
        for item in objects(target.raw.get("deviceName")) + objects(target.raw.get("name")):
            yield path, {"display": item.get("name") or item.get("value")}
