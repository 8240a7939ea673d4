"""The texts of a chart that may tell what was done: notes of Procedures, reports, operative notes as attachments.

Knows where text stands in FHIR, whose act or day it is about, and how far it can be relied on. Reads no clinical word
but the kind of document.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service.coding.decision import Unread
from cds_service.fhir.attachments import NotRead, read_attachment
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, When, codings, moment, obj, objects, reference, text, words

VOID = ("entered-in-error", "cancelled", "superseded", "unknown", "nullified", "deprecated")
_UNSIGNED = ("registered", "partial", "preliminary", "draft", "unsigned")
_FORWARD = re.compile(
    r"\b(?:consent|history\s+(?:and|&)\s+physical|h\s*&\s*p|consult\w*|referral|pre-?(?:op|admission|procedure)\w*|care\s+plan|plan\s+of\s+care|order"
    r"|requisition|(?:patient\s+)?instructions|education|anesthesia\s+evaluation)\b",
    re.IGNORECASE,
)
_FORWARD_LOINC = frozenset(
    ("34117-2", "11488-4", "59284-0", "18776-5", "57133-1", "64290-0", "51851-4", "18841-7", "34133-9")
)
_SERVICE_DAY = re.compile(
    r"\bdate\s+of\s+(?:the\s+)?(?:procedure|service|operation|surgery|intervention|exam(?:ination)?)\s*[:\-]?\s*"
    r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4})|(\d{1,2})\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})|([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4}))",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartText:
    """A text with where it stands and what places it. `of` is the Procedure it belongs to, if one.

    `when` is when the act was, as far as the resource says; `authored` when it was only written down.
    `signed` is False for a preliminary one, `forward` True for one that looks ahead (consent, consultation).
    """

    entry: Entry
    path: str
    text: str
    encounter: str
    when: When
    authored: date | None = None
    of: str = ""
    signed: bool = True
    forward: bool = False


def texts_of(chart: Chart) -> tuple[list[ChartText], list[Unread]]:
    """Every text of the chart that can be read, and the attachments that cannot."""
    unread: list[Unread] = []
    found = [t for e in chart.of("Procedure") for t in _notes(e, chart)]
    owners = {ref: e.ref for e in chart.of("Procedure") for ref in _pointed_at(e, chart)}
    replaced = {ref for e in chart.of("DocumentReference") for ref in _replaces(e, chart)}
    for entry in chart.of("DiagnosticReport", "DocumentReference"):
        if text(entry.raw.get("status")) in VOID or entry.ref in replaced:
            continue
        if text(entry.raw.get("docStatus")) in VOID:
            continue
        found += _document(entry, chart, owners.get(entry.ref, ""), unread)
    return found, unread


def _notes(entry: Entry, chart: Chart) -> Iterator[ChartText]:
    """The notes of a Procedure."""
    raw = entry.raw
    rows = [(f"note[{i}].text", text(n.get("text"))) for i, n in enumerate(objects(raw.get("note")))]
    for path, said in rows:
        if said:
            yield ChartText(
                entry=entry,
                path=f"{entry.kind}.{path}",
                text=said,
                encounter=_encounter(raw.get("encounter"), raw, chart),
                when=When(),
                of=entry.ref,
            )


def _document(entry: Entry, chart: Chart, owner: str, unread: list[Unread]) -> Iterator[ChartText]:
    raw = entry.raw
    context = obj(raw.get("context"))
    place: Any = raw.get("encounter") or context.get("encounter") or raw.get("context")
    when, authored = _dates(raw, context)
    forward = _looks_ahead(raw)
    signed = not {text(raw.get("status")), text(raw.get("docStatus"))} & set(_UNSIGNED)
    for path, said in _said(entry, chart, unread):
        yield ChartText(
            entry=entry,
            path=f"{entry.kind}.{path}",
            text=said,
            encounter=next((r for v in objects(place) if (r := _encounter(v, raw, chart))), ""),
            when=_service_day(said) or when,
            authored=authored,
            of=owner or _related(raw, context, chart),
            signed=signed,
            forward=forward,
        )


def _said(entry: Entry, chart: Chart, unread: list[Unread]) -> Iterator[tuple[str, str]]:
    """What a report or document says, each text once, with its path."""
    raw = entry.raw
    seen: set[str] = set()
    if conclusion := text(raw.get("conclusion")):
        seen.add(" ".join(conclusion.split()))
        yield "conclusion", conclusion
    forms = [(f"presentedForm[{i}]", f) for i, f in enumerate(objects(raw.get("presentedForm")))]
    contents = enumerate(objects(raw.get("content")))
    forms += [(f"content[{i}].attachment", obj(c.get("attachment"))) for i, c in contents if c.get("attachment")]
    missed: list[Unread] = []
    for path, form in forms:
        found = read_attachment(_with_binary(form, raw, chart))
        if isinstance(found, NotRead):
            missed.append(Unread(resource=entry.ref, text=f"{entry.kind}.{path}: {found.reason}"))
        elif (plain := " ".join(found.text.split())) not in seen:
            seen.add(plain)
            yield path, found.text
    unread += missed if not seen else []


def _with_binary(form: Json, container: Json, chart: Chart) -> Json:
    """An attachment by url whose Binary came with the chart."""
    if form.get("data") or not text(form.get("url")):
        return form
    target = chart.resolve(text(form.get("url")), container)
    if target is None or target.kind != "Binary":
        return form
    return {
        **form,
        "data": target.raw.get("data"),
        "contentType": form.get("contentType") or target.raw.get("contentType"),
    }


def _dates(raw: Json, context: Json) -> tuple[When, date | None]:
    period = obj(raw.get("effectivePeriod")) or obj(context.get("period")) or obj(raw.get("period"))
    start = text(raw.get("effectiveDateTime")) or text(period.get("start"))
    authored = next((d for n in ("issued", "date", "created") if (d := moment(text(raw.get(n))).day)), None)
    return moment(start, text(period.get("end"))), authored


def _service_day(said: str) -> When | None:
    """The day a note's head gives as the day of the procedure."""
    match = _SERVICE_DAY.search(said[:4000])
    if match is None:
        return None
    y, m, d, month, day, year, day2, name2, year2, name3, day3, year3 = match.groups()
    name = (name2 or name3 or "")[:3].lower()
    if name and name not in _MONTHS:
        return None
    number = _MONTHS.index(name) + 1 if name else 0
    parts = (y or year or year2 or year3, m or month or str(number), d or day or day2 or day3)
    found = moment("-".join((parts[0], parts[1].zfill(2), parts[2].zfill(2))))
    return found if found.day is not None else None


def _looks_ahead(raw: Json) -> bool:
    kinds: Iterable[Any] = [raw.get("type"), *objects(raw.get("category")), raw.get("code")]
    for kind in kinds:
        if any(c.code in _FORWARD_LOINC for c in codings(kind)) or _FORWARD.search(words(kind)):
            return True
    return bool(_FORWARD.search(text(raw.get("description"))))


def _encounter(value: Any, raw: Json, chart: Chart) -> str:
    ref = reference(value)
    if not ref:
        return ""
    target = chart.resolve(ref, raw)
    if target is not None:
        return target.ref if target.kind == "Encounter" else ""
    return "/".join(ref.split("/_history/")[0].split("/")[-2:]) if "Encounter/" in ref else ""


def _pointed_at(entry: Entry, chart: Chart) -> list[str]:
    """The reports an act names as its own."""
    targets = [chart.resolve(reference(r), entry.raw) for r in objects(entry.raw.get("report"))]
    return [t.ref for t in targets if t is not None]


def _related(raw: Json, context: Json, chart: Chart) -> str:
    """The Procedure a document says it belongs to."""
    refs = [*objects(context.get("related")), *objects(raw.get("basedOn")), *objects(raw.get("event"))]
    for item in refs:
        target = chart.resolve(reference(item), raw)
        if target is not None and target.kind == "Procedure":
            return target.ref
    return ""


def _replaces(entry: Entry, chart: Chart) -> Iterator[str]:
    for item in objects(entry.raw.get("relatesTo")):
        code = text(item.get("code")) or next((c.code for c in codings(item.get("code"))), "")
        target = chart.resolve(reference(item.get("target")), entry.raw)
        if code == "replaces" and target is not None:
            yield target.ref
