"""The texts of a chart that may tell what was done: notes of Procedures, reports, operative notes as attachments.

Knows where text stands in FHIR, whose act or day it is about, and how far it can be relied on. Reads no clinical word
but those of a return to the laboratory.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cds_service.coding.decision import Unread
from cds_service.fhir.attachments import NotRead, read_attachment
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.dates import Span, by_its_head, served, service_days, written
from cds_service.fhir.elements import (
    Json,
    When,
    moment,
    named,
    obj,
    objects,
    performed,
    reference,
    relative,
    text,
    words,
)
from cds_service.fhir.kinds import added_to, is_signed, is_void, looks_ahead, replaced, tells_of_work
from cds_service.fhir.remarks import is_before, notes_of
from cds_service.fhir.sections import composed, own_narrative
from cds_service.knowledge.quick import quick

_AGAIN = quick(
    r"\b(?:brought|taken|returned|came|went)\s+(?:urgently\s+|emergently\s+)?(?:back\s+)?to\s+the\s+(?:\w+\s+){0,2}?"
    r"(?:lab(?:oratory)?|suite|OR|operating\s+(?:room|theat\w+)|procedure\s+room|theat(?:re|er))\b(?:\s+\w+){0,3}?\s+(?:again|later|in\s+the\s+evening|a\s+second\s+time)"
    r"|\b(?:brought|taken|returned|came|went)\s+(?:\w+ly\s+)?back\s+to\s+the\s+(?:\w+\s+){0,2}?"
    r"(?:lab(?:oratory)?|suite|OR|operating\s+(?:room|theat\w+)|procedure\s+room|theat(?:re|er))\b"
    r"|\b(?:un(?:planned|scheduled)|emergen(?:t|cy)|urgent)\s+(?:return|take-?back|re-?look|re-?exploration)\b"
    r"|\bsecond\s+(?:procedure|operation|intervention|session)\s+(?:of\s+the\s+(?:same\s+)?day|today|(?:on\s+)?the\s+same\s+day)",
)
_DONE = r"(?:treated|recanali[sz]ed|re-?opened|dilated|ballooned|stented|angioplastied)\b"
_ALL_TREATED = quick(
    r"\b(?:both|all|each)\s+(?:(?:of|them|these|the|lesions?|vessels?|arter(?:y|ies)|segments?|was|were|have|has|been|then|and|\w+ly)"
    rf"\s+){{0,6}}?{_DONE}|\btreatment\s+of\s+(?:the\s+)?(?:both|all)(?:\s+(?:of\s+them|lesions|vessels|arteries|segments))?\s*(?:[.;,]|$)"
)
_TREATED = quick(_DONE)
_LESION = quick(r"\b(?:\w{0,3}occlu|steno|narrow|CTO\b)")
_SENTENCE = re.compile(r"[^.;\n]+")
_LOOKS_BACK = quick(
    r"\b(?:complet(?:ion|ing)|post-?\w*|after|afterwards|final(?:ly)?|residual|remain(?:s|ing)|follow-?up|now|still|again|re-?occlu\w*"
    r"|re-?steno\w*|in-?stent|previous(?:ly)?|prior|earlier|recently|yesterday|ago|not|un(?:successful\w*|treated))\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartText:
    """A text with where it stands and what places it. `of` are the Procedures it belongs to.

    `when` is when the act was, as far as the resource and the text's head say, `span` the days it may have been on;
    `disputed` where the two lie in different years. `written` is when it was only written down, `authors` by whom.
    `signed` is False for a draft, `forward` True for a text that looks ahead, `of_work` for a report on treatment.
    `again` is where it tells of a return. `adds_to` are the documents it is an addendum to.
    """

    entry: Entry
    path: str
    text: str
    encounter: str
    when: When
    written: When
    span: Span | None = None
    disputed: bool = False
    authors: frozenset[str] = frozenset()
    of: tuple[str, ...] = ()
    signed: bool = True
    forward: bool = False
    of_work: bool = False
    again: int | None = None
    adds_to: frozenset[str] = frozenset()


def texts_of(chart: Chart) -> tuple[list[ChartText], list[Unread]]:
    """Every text of the chart that can be read, and the attachments that cannot."""
    unread: list[Unread] = []
    found = [t for e in chart.acts() for t in _notes(e, chart, unread)]
    owners: dict[str, list[str]] = {}
    for entry in (e for e in chart.of("Procedure") if e.names_reports):
        for ref in _pointed_at(entry, chart):
            owners.setdefault(ref, []).append(entry.ref)
    void = replaced(chart)
    for entry in chart.of("DiagnosticReport", "DocumentReference", "Composition"):
        if not is_void(entry.raw) and entry.ref not in void:
            found += _document(entry, chart, owners.get(entry.ref, []), unread)
    return found, unread


def _notes(entry: Entry, chart: Chart, unread: list[Unread]) -> Iterator[ChartText]:
    """The notes of a Procedure, else its narrative that tells more; one written before its day looks ahead."""
    notes = [*notes_of(entry.raw)]
    more = not notes and text(obj(entry.raw.get("text")).get("status")) == "additional"
    if more and (narrative := own_narrative(entry, unread)):
        notes.append(("text", narrative, {}))
    day = performed(entry.raw).day if notes else None
    for path, said, note in notes:
        days = service_days(said)
        yield ChartText(
            entry=entry,
            path=f"Procedure.{path}",
            text=said,
            encounter=_encounter(entry.raw.get("encounter"), entry.raw, chart),
            when=When(year=days[0].year, day=days[0]) if days else When(),
            written=moment(text(note.get("time"))),
            of=(entry.ref,),
            forward=is_before(note, day),
            again=_again(said),
        )


def _document(entry: Entry, chart: Chart, owners: list[str], unread: list[Unread]) -> Iterator[ChartText]:
    raw = entry.raw
    context = obj(raw.get("context"))
    place: Any = raw.get("encounter") or context.get("encounter") or raw.get("context")
    said_by_path = list(_said(entry, chart, unread))
    days = next((d for _, said in said_by_path if (d := service_days(said))), ())
    when, span = served(raw, context)
    when, disputed = by_its_head(days, when)
    for path, said in said_by_path:
        yield ChartText(
            entry=entry,
            path=f"{entry.kind}.{path}",
            text=said,
            encounter=next((r for v in objects(place) if (r := _encounter(v, raw, chart))), ""),
            when=when,
            span=span if when.day is None else None,
            disputed=disputed,
            written=written(raw),
            authors=_authors(raw),
            of=tuple(dict.fromkeys([*owners, *_related(raw, context, chart)])),
            signed=is_signed(raw),
            forward=looks_ahead(raw),
            of_work=tells_of_work(raw)
            or (bool(owners) and _tells_of_lesions_treated(raw, [s for _, s in said_by_path])),
            again=_again(said),
            adds_to=added_to(raw, chart),
        )


def _said(entry: Entry, chart: Chart, unread: list[Unread]) -> Iterator[tuple[str, str]]:
    """What a report or document says, each text once, with its path; a narrative only where nothing else is said."""
    raw = entry.raw
    if entry.kind == "Composition":
        if said := composed(entry, unread):
            yield "section", said
        return
    seen: set[str] = set()
    if conclusion := text(raw.get("conclusion")):
        seen.add(" ".join(conclusion.split()))
        yield "conclusion", conclusion
    for index, item in enumerate(objects(raw.get("conclusionCode"))):
        if (coded := words(item)) and coded not in seen:
            seen.add(coded)
            yield f"conclusionCode[{index}]", coded
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
    if not seen and entry.kind == "DiagnosticReport" and (said := own_narrative(entry, missed)):
        seen.add(said)
        yield "text", said
    unread += missed if not seen else []


def looks_back(said: str) -> bool:
    """True for words that tell of how it was after work, or of work before."""
    return bool(_LOOKS_BACK.search(said))


def _tells_of_lesions_treated(raw: Json, said: Sequence[str]) -> bool:
    """True for an act's own report that calls every lesion it names treated: it found them before, whenever dated."""
    if any(looks_back(s) for s in (words(raw.get("code")), *said)):
        return False
    named = [m.group() for s in said for m in _SENTENCE.finditer(s) if _LESION.search(m.group())]
    return any(_ALL_TREATED.search(s) for s in said) or (bool(named) and all(_TREATED.search(n) for n in named))


def _with_binary(form: Json, container: Json, chart: Chart) -> Json:
    """An attachment by url whose Binary came with the chart."""
    if form.get("data") or not text(form.get("url")):
        return form
    target = chart.resolve(text(form.get("url")), container)
    if target is None or target.kind != "Binary":
        return form
    kind = form.get("contentType") or target.raw.get("contentType")
    return {**form, "data": target.raw.get("data"), "contentType": kind}


def _again(said: str) -> int | None:
    found = _AGAIN.search(said)
    return found.start() if found else None


def _authors(raw: Json) -> frozenset[str]:
    """The practitioners who wrote it, where every author is given as one: roles cannot be compared."""
    refs = [relative(reference(a)) for n in ("author", "resultsInterpreter") for a in objects(raw.get(n))]
    return frozenset(refs) if refs and all(r.startswith("Practitioner/") for r in refs) else frozenset()


def _encounter(value: Any, raw: Json, chart: Chart) -> str:
    ref = reference(value)
    if not ref:
        return ""
    target = chart.resolve(ref, raw)
    if target is not None:
        return target.ref if target.kind == "Encounter" else ""
    name = named("Encounter", ref)
    return name if name.startswith("Encounter/") else ""


def _pointed_at(entry: Entry, chart: Chart) -> list[str]:
    """The reports an act names as its own."""
    raw = entry.raw
    targets = [chart.resolve(reference(r), raw) for r in objects(raw.get("report"))]
    return [t.ref for t in targets if t is not None]


def _related(raw: Json, context: Json, chart: Chart) -> list[str]:
    """The Procedures a document says it belongs to."""
    values = [*objects(context.get("related")), *objects(raw.get("context")), *objects(raw.get("related"))]
    values += [*objects(raw.get("basedOn")), *objects(raw.get("event"))]
    values += [d for event in objects(raw.get("event")) for d in objects(event.get("detail"))]
    targets = [chart.resolve(reference(item), raw) for item in values]
    return [t.ref for t in targets if t is not None and t.kind == "Procedure"]
