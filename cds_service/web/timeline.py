"""The chart of a request as a timeline a person can read: what the client sent, in its own words, quotes marked.

Knows where FHIR keeps dates, words, places and reasons. Judges nothing: what is quoted is the decision's evidence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, codings, obj, objects, reference, text, words
from cds_service.fhir.texts import texts_of
from cds_service.knowledge import Terminology
from cds_service.web.charge_words import charge_rows
from cds_service.web.days import day_of, said_day
from cds_service.web.items import Item, Part, Row, Timeline, plain
from cds_service.web.marking import Quote, Run, quotes_of, runs_of, span_of
from cds_service.web.tables import MOST_ROWS, cut

_SYSTEMS = {
    "cpt": "CPT", "hcpcs": "HCPCS", "icd10cm": "ICD-10-CM", "icd10pcs": "ICD-10-PCS", "pos": "place of service",
    "snomed": "SNOMED CT",
}  # fmt: skip
_KINDS = {
    "Encounter": "Encounter", "Condition": "Condition", "ServiceRequest": "Order", "Procedure": "Procedure",
    "Observation": "Observation", "DiagnosticReport": "Report", "DocumentReference": "Note", "Composition": "Note",
    "ChargeItem": "Draft charge", "Claim": "Draft claim",
}  # fmt: skip
_CONCEPTS = (
    ("What", "code"), ("What", "type"), ("Class", "class"), ("Body site", "bodySite"), ("Body site", "bodysite"),
    ("Reason", "reasonCode"), ("Reason", "reason"), ("Value", "valueCodeableConcept"), ("Outcome", "outcome"),
    ("Stopped", "statusReason"), ("Complication", "complication"), ("Used", "usedCode"), ("Used", "used"),
)  # fmt: skip
_STATES = ("clinicalStatus", "verificationStatus")


def timeline(request: Json, document: Mapping[str, Any], terminology: Terminology) -> Timeline:
    """The timeline of a request and of what its decision quotes."""
    chart = _chart(request)
    sheet = _Sheet(chart, terminology, quotes_of(document))
    entries = sorted((e for e in chart.entries if e.kind in _KINDS), key=_order)
    counted = Counter(e.kind or "resource without a type" for e in chart.entries if e.kind not in _KINDS)
    items = [*(sheet.item(e) for e in entries[:MOST_ROWS]), *sheet.elsewhere({e.ref for e in entries[:MOST_ROWS]})]
    others = cut(", ".join(f"{number} {kind}" for kind, number in sorted(counted.items())))
    return Timeline(items=tuple(items), left_out=len(entries[MOST_ROWS:]), others=others)


def _chart(request: Json) -> Chart:
    chart = Chart()
    for part in (obj(request.get("prefetch")), obj(request.get("context"))):
        for value in part.values():
            chart.add(value)
    return chart


def _order(entry: Entry) -> tuple[bool, str, int]:
    kind = list(_KINDS).index(entry.kind)
    day = day_of(entry.raw)
    return entry.kind in ("ChargeItem", "Claim"), day[:10] or "9999", kind


class _Sheet:
    """Items of one chart: resolves references within it, names the systems of its codes, and marks quotes."""

    def __init__(self, chart: Chart, terminology: Terminology, quotes: Mapping[str, list[Quote]]) -> None:
        self._chart, self._terminology, self._quotes = chart, terminology, quotes
        self._texts: dict[str, list[tuple[str, str]]] = {}
        for found in texts_of(chart)[0]:
            self._texts.setdefault(found.entry.ref, []).append((found.path, found.text))

    def item(self, entry: Entry) -> Item:
        left = list(self._quotes.get(entry.ref, ()))
        rows = [*self._concept_rows(entry, left), *self._reason_rows(entry), *charge_rows(entry, self.coded)]
        rows += [Row(label=_label(p), parts=(self._part(p, t, left, long=True),)) for p, t in self._long(entry)]
        if left:
            rows.append(Row(label="Also quoted", parts=tuple(_quoted(q) for q in left)))
        return Item(
            kind=_KINDS[entry.kind],
            ref=cut(entry.ref),
            when=cut(said_day(entry.raw)),
            status=_status(entry.raw),
            rows=tuple(rows),
        )

    def elsewhere(self, shown: set[str]) -> Iterator[Item]:
        """What is quoted from resources within others, or beyond what a page shows."""
        for ref, quotes in self._quotes.items():
            if ref not in shown:
                row = Row(label="Quoted", parts=tuple(_quoted(q) for q in quotes))
                yield Item(kind=cut(ref.partition("/")[0]), ref=cut(ref), when="", status="", rows=(row,))

    def coded(self, value: Json, spoken: str = "") -> list[str]:
        """The codes of a concept with the names of their systems, and the words they have besides."""
        out = []
        for c in codings(value):
            name = _SYSTEMS.get(self._terminology.system(c.system, c.code), "")
            out.append(cut(" ".join(p for p in (name, c.code, c.display if c.display != spoken else "") if p)))
        return out

    def _concept_rows(self, entry: Entry, left: list[Quote]) -> Iterator[Row]:
        for label, name in _CONCEPTS:
            if entry.kind in ("ChargeItem", "Claim") and name in ("code", "type"):
                continue
            value = entry.raw.get(name)
            listed = isinstance(value, list)
            parts: list[Part] = []
            for index, one in enumerate(objects(value)):
                parts += self._concept(f"{entry.kind}.{name}" + (f"[{index}]" if listed else ""), one, left)
            if parts:
                yield Row(label=label, parts=tuple(parts))

    def _concept(self, path: str, value: Json, left: list[Quote]) -> Iterator[Part]:
        spoken = words(value)
        if spoken:
            yield self._part(path, cut(spoken), left)
        for coded in self.coded(value, spoken):
            if coded:
                yield self._part(path, coded, left, code=True)

    def _part(self, path: str, said: str, left: list[Quote], *, code: bool = False, long: bool = False) -> Part:
        """Words with their quotes; a quote that stands here is struck from `left`."""
        spans = []
        for quote in [q for q in left if q.path == path or q.path.startswith(f"{path}.")]:
            span = span_of(quote, said)
            if span is not None:
                spans.append((span, quote.place))
                left.remove(quote)
        return Part(runs=runs_of(said, spans), code=code, long=long)

    def _reason_rows(self, entry: Entry) -> Iterator[Row]:
        """The reasons given by reference: the words of the resource, or its name where it was not sent."""
        values = [*objects(entry.raw.get("reasonReference")), *objects(entry.raw.get("reason"))]
        found = [self._target(ref, entry) for v in values if (ref := reference(v))]
        if found:
            yield Row(label="Reason", parts=tuple(plain(cut(f)) for f in found))

    def _target(self, ref: str, entry: Entry) -> str:
        target = self._chart.resolve(ref, entry.raw)
        if target is None:
            return f"{ref}, not sent"
        return f"{words(target.raw.get('code')) or text(target.raw.get('conclusion'))} ({target.ref})".strip()

    def _long(self, entry: Entry) -> Iterable[tuple[str, str]]:
        found = self._texts.get(entry.ref, [])
        described = text(entry.raw.get("description"))
        return [*found, (f"{entry.kind}.description", described)] if described and not found else found


def _quoted(quote: Quote) -> Part:
    said = cut(f"{quote.words} ({quote.path})")
    return Part(runs=(Run(text=said, places=(quote.place,)),))


def _label(path: str) -> str:
    name = path.split(".", 1)[-1]
    return "Conclusion" if name == "conclusion" else "Note" if name.startswith("note") else "Text"


def _status(raw: Json) -> str:
    states = [words(raw.get(s)) or next((c.code for c in codings(raw.get(s))), "") for s in _STATES]
    return cut(", ".join(s for s in (text(raw.get("status")), *states) if s))
