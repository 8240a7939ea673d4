"""The chart of a request as tables a person can read: what the client sent, in its own words.

Knows where FHIR keeps dates, words, places and reasons. Judges nothing: what the service makes of it is the decision's.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Coding, Json, codings, obj, objects, reference, text, words
from cds_service.knowledge import Terminology
from cds_service.web.tables import Cell, Said, Table, cell, cut, said, table

_SYSTEMS = {
    "cpt": "CPT",
    "hcpcs": "HCPCS",
    "icd10cm": "ICD-10-CM",
    "icd10pcs": "ICD-10-PCS",
    "pos": "place of service",
    "snomed": "SNOMED CT",
}
_ACT = ("Date", "Status", "What", "Body site", "Reason", "Notes")
_CONDITION = ("Condition", "Date", "Status", "What", "Body site")
_CHARGE = ("Charge", "Status", "Code", "Modifiers", "Units", "Body site")
_ENCOUNTER = ("Encounter", "Date", "Status", "Class", "Type")
_REPORT = ("Report", "Date", "Status", "What", "Conclusion")
_REPORTS = ("DiagnosticReport", "DocumentReference", "Observation")
_SHOWN = ("Procedure", "ServiceRequest", "Condition", "ChargeItem", "Claim", "Encounter", *_REPORTS)
_DATES = ("performed", "occurrence", "onset", "effective")
_PLAIN_DATES = ("performedString", "onsetString", "recordedDate", "authoredOn", "issued", "date")
_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?")
_NOTED = ("outcome", "statusReason", "complication", "used", "usedCode")


def chart_tables(request: Json, terminology: Terminology) -> tuple[Table, ...]:
    """The tables of a request's chart, those with rows only."""
    chart = _chart(request)
    sheet = _Sheet(chart, terminology)
    found = (
        table("Encounter", _ENCOUNTER, map(sheet.encounter, chart.of("Encounter"))),
        table("Procedures", ("Procedure", *_ACT), map(sheet.act, chart.of("Procedure"))),
        table("Planned services", ("Order", *_ACT), map(sheet.act, chart.of("ServiceRequest"))),
        table("Conditions", _CONDITION, map(sheet.condition, chart.of("Condition"))),
        table("Draft charges", _CHARGE, sheet.charges(chart.of("ChargeItem", "Claim"))),
        table("Reports", _REPORT, map(sheet.report, chart.of(*_REPORTS))),
        table("Also in the request", (), (), _others(chart)),
    )
    return tuple(t for t in found if t.rows or t.otherwise)


def _chart(request: Json) -> Chart:
    chart = Chart()
    for part in (obj(request.get("prefetch")), obj(request.get("context"))):
        for value in part.values():
            chart.add(value)
    return chart


def _others(chart: Chart) -> str:
    counted = Counter(e.kind or "resource without a type" for e in chart.entries if e.kind not in _SHOWN)
    return cut(", ".join(f"{number} {kind}" for kind, number in sorted(counted.items())))


class _Sheet:
    """Rows of one chart: resolves references within it and names the systems of its codes."""

    def __init__(self, chart: Chart, terminology: Terminology) -> None:
        self._chart, self._terminology = chart, terminology

    def encounter(self, entry: Entry) -> tuple[Cell, ...]:
        raw = entry.raw
        period = raw.get("period") or raw.get("actualPeriod")
        kinds = self._concepts(raw.get("type"))
        return _name(entry), cell(_span(period)), _status(raw), self._concepts(raw.get("class")), kinds

    def act(self, entry: Entry) -> tuple[Cell, ...]:
        """A Procedure or an order for one."""
        raw = entry.raw
        site = self._concepts(raw.get("bodySite"))
        what = self._concepts(raw.get("code"))
        return _name(entry), _date(raw), _status(raw), what, site, self._reasons(entry), self._notes(raw)

    def condition(self, entry: Entry) -> tuple[Cell, ...]:
        raw = entry.raw
        found = (raw.get("clinicalStatus"), raw.get("verificationStatus"))
        status = cell(*(words(s) or next((c.code for c in codings(s)), "") for s in found))
        site = self._concepts(raw.get("bodySite"))
        return _name(entry), _date(raw), status, self._concepts(raw.get("code")), site

    def charges(self, entries: Iterable[Entry]) -> Iterator[tuple[Cell, ...]]:
        """A row for each ChargeItem and for each item of a Claim."""
        for entry in entries:
            if entry.kind == "ChargeItem":
                yield self._charge_item(entry)
            for number, item in enumerate(objects(entry.raw.get("item")), start=1):
                yield self._claim_item(entry, item, number)

    def report(self, entry: Entry) -> tuple[Cell, ...]:
        raw = entry.raw
        what = self._concepts(raw.get("code") or raw.get("type"))
        conclusion = cell(
            text(raw.get("conclusion")), text(raw.get("description")), words(raw.get("valueCodeableConcept"))
        )
        return _name(entry), _date(raw), _status(raw), what, conclusion

    def _charge_item(self, entry: Entry) -> tuple[Cell, ...]:
        raw = entry.raw
        marks = [e for e in objects(raw.get("extension")) if "modifier" in text(e.get("url"))]
        codes = [text(e.get("valueCode")) for e in marks]
        codes += [c.code for e in marks for n in ("valueCodeableConcept", "valueCoding") for c in codings(e.get(n))]
        site = self._concepts(raw.get("bodysite") or raw.get("bodySite"))
        what = self._concepts(raw.get("code"))
        return _name(entry), _status(raw), what, cell(*codes), _quantity(raw), site

    def _claim_item(self, entry: Entry, item: Json, number: int) -> tuple[Cell, ...]:
        codes = [c.code for m in objects(item.get("modifier")) for c in codings(m)]
        site = self._concepts([s for b in objects(item.get("bodySite")) for s in objects(b.get("site")) or [b]])
        what = self._concepts(item.get("productOrService"))
        name = cell(f"{entry.ref}, item {number}")
        return name, _status(entry.raw), what, cell(*codes), _quantity(item), site

    def _concepts(self, value: object) -> Cell:
        """One or several concepts: the words of each, and its codes with the words those have besides."""
        return cell(*(self._concept(v) for v in objects(value)))

    def _concept(self, value: Json) -> Said:
        spoken = words(value)
        return said(spoken, (self._coded(c, spoken) for c in codings(value) if c.code))

    def _coded(self, coding: Coding, spoken: str) -> str:
        name = _SYSTEMS.get(self._terminology.system(coding.system, coding.code), "")
        display = coding.display if coding.display != spoken else ""
        return " ".join(p for p in (name, coding.code, display) if p)

    def _reasons(self, entry: Entry) -> Cell:
        """What the act was done for, said on it or on the resources it points to."""
        own = [v for n in ("reasonCode", "reason") for v in objects(entry.raw.get(n))]
        refs = [r for v in own + objects(entry.raw.get("reasonReference")) if (r := reference(v))]
        return cell(*self._concepts(own), *(s for r in refs for s in self._target(r, entry)))

    def _target(self, ref: str, entry: Entry) -> Cell:
        target = self._chart.resolve(ref, entry.raw)
        if target is None:
            return cell(f"{ref}, not sent")
        found = self._concepts(target.raw.get("code"))
        return cell(*(found or (target.ref,)), text(target.raw.get("conclusion")))

    def _notes(self, raw: Json) -> Cell:
        notes = [text(n.get("text")) for n in objects(raw.get("note"))]
        others = (f"{name}: {w}" for name in _NOTED for v in objects(raw.get(name)) if (w := words(v)))
        return cell(*notes, *others)


def _name(entry: Entry) -> Cell:
    return cell(entry.ref)


def _status(raw: Json) -> Cell:
    return cell(text(raw.get("status")))


def _quantity(raw: Json) -> Cell:
    value = obj(raw.get("quantity")).get("value")
    return cell(str(value) if isinstance(value, (int, float)) else "")


def _date(raw: Json) -> Cell:
    for name in _DATES:
        found = _clock(text(raw.get(f"{name}DateTime"))) or _span(raw.get(f"{name}Period"))
        if found:
            return cell(found)
    return cell(_clock(next((d for name in _PLAIN_DATES if (d := text(raw.get(name)))), "")))


def _span(value: object) -> str:
    """A period; the day and the zone once where both ends share them."""
    start, end = text(obj(value).get("start")), text(obj(value).get("end"))
    first, last = _MOMENT.fullmatch(start), _MOMENT.fullmatch(end)
    if first and last and (first["day"], first["zone"]) == (last["day"], last["zone"]):
        return f"{first['day']} {first['time']} to {last['time']} {first['zone'] or ''}".strip()
    return f"{_clock(start)} to {_clock(end)}" if end and end != start else _clock(start)


def _clock(value: str) -> str:
    """A dateTime without its seconds; anything else as it stands."""
    found = _MOMENT.fullmatch(value)
    return f"{found['day']} {found['time']} {found['zone'] or ''}".strip() if found else value
