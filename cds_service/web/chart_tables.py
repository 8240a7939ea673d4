"""The chart of a request as tables a person can read: what the client sent, in its own words.

Knows where FHIR keeps dates, words, places and reasons. Judges nothing: what the service makes of it is the decision's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, codings, obj, objects, reference, text, words
from cds_service.knowledge import Terminology
from cds_service.web.tables import Cell, Table, cell, table

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
        table("Also in the request", ("Type", "Number"), _others(chart)),
    )
    return tuple(t for t in found if t.rows)


def _chart(request: Json) -> Chart:
    chart = Chart()
    for part in (obj(request.get("prefetch")), obj(request.get("context"))):
        for value in part.values():
            chart.add(value)
    return chart


def _others(chart: Chart) -> Iterator[tuple[Cell, Cell]]:
    counted = Counter(e.kind or "resource without a type" for e in chart.entries if e.kind not in _SHOWN)
    for kind, number in sorted(counted.items()):
        yield cell(kind), cell(str(number))


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
        said = (raw.get("clinicalStatus"), raw.get("verificationStatus"))
        status = cell(*(words(s) or next((c.code for c in codings(s)), "") for s in said))
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
        return _name(entry), _status(raw), what, cell(codes=codes), _quantity(raw), site

    def _claim_item(self, entry: Entry, item: Json, number: int) -> tuple[Cell, ...]:
        codes = [c.code for m in objects(item.get("modifier")) for c in codings(m)]
        site = self._concepts([b.get("site") or b for b in objects(item.get("bodySite"))])
        what = self._concepts(item.get("productOrService"))
        name = cell(f"{entry.ref}, item {number}")
        return name, _status(entry.raw), what, cell(codes=codes), _quantity(item), site

    def _concepts(self, value: object) -> Cell:
        """The words of one or several concepts, with their codes."""
        found = _listed(value)
        codes = (self._coded(c.system, c.code) for v in found for c in codings(v) if c.code)
        return cell(*dict.fromkeys(words(v) for v in found), codes=dict.fromkeys(codes))

    def _coded(self, system: str, code: str) -> str:
        name = _SYSTEMS.get(self._terminology.system(system, code), "")
        return f"{name} {code}".strip()

    def _reasons(self, entry: Entry) -> Cell:
        """What the act was done for, said on it or on the resources it points to."""
        own = [v for n in ("reasonCode", "reason") for v in _listed(entry.raw.get(n))]
        said = self._concepts(own)
        refs = [r for v in own + _listed(entry.raw.get("reasonReference")) if (r := reference(v))]
        targets = [self._target(r, entry) for r in refs]
        return cell(
            *said.words, *(w for t in targets for w in t.words), codes=(c for t in (said, *targets) for c in t.codes)
        )

    def _target(self, ref: str, entry: Entry) -> Cell:
        target = self._chart.resolve(ref, entry.raw)
        if target is None:
            return cell(f"{ref}, not sent")
        found = self._concepts(target.raw.get("code"))
        return cell(*(found.words or (target.ref,)), text(target.raw.get("conclusion")), codes=found.codes)

    def _notes(self, raw: Json) -> Cell:
        notes = [text(n.get("text")) for n in objects(raw.get("note"))]
        said = (f"{name}: {w}" for name in _NOTED for v in _listed(raw.get(name)) if (w := words(v)))
        return cell(*notes, *said)


def _listed(value: object) -> list[Json]:
    return objects(value)


def _name(entry: Entry) -> Cell:
    return cell(entry.ref)


def _status(raw: Json) -> Cell:
    return cell(text(raw.get("status")))


def _quantity(raw: Json) -> Cell:
    value = obj(raw.get("quantity")).get("value")
    return cell(str(value) if isinstance(value, (int, float)) else "")


def _date(raw: Json) -> Cell:
    for name in _DATES:
        said = text(raw.get(f"{name}DateTime")) or _span(raw.get(f"{name}Period"))
        if said:
            return cell(said)
    return cell(next((d for name in _PLAIN_DATES if (d := text(raw.get(name)))), ""))


def _span(value: object) -> str:
    start, end = text(obj(value).get("start")), text(obj(value).get("end"))
    return f"{start} to {end}" if end and end != start else start
