"""The reader: a whole hook request in, sessions with evidence out.

Knows the order of the steps. Anything the request carries may be odd; one bad resource is reported and passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import Unread
from cds_service.coding.facts import Payer, Session
from cds_service.fhir.accounts import diagnoses_in, read_accounts
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.charges import read_drafts, unreadable
from cds_service.fhir.coverage import payers_of
from cds_service.fhir.drafted import with_drafts
from cds_service.fhir.elements import Json, When, last_id, obj, objects, text, when
from cds_service.fhir.encounter import stay
from cds_service.fhir.entry import Left
from cds_service.fhir.lesions import conditions_of
from cds_service.fhir.loose_devices import loose_stents, with_loose_stents
from cds_service.fhir.measurements import measured_of
from cds_service.fhir.orders import read_orders
from cds_service.fhir.prefetch import MISSING, TEMPLATES, State, states_of
from cds_service.fhir.procedures import Treated, read_procedures
from cds_service.fhir.resources import faults
from cds_service.fhir.sessions import (
    anticipated_sessions,
    dated,
    of_sure_day,
    performed_sessions,
    with_chart_diagnoses,
)
from cds_service.fhir.sieve import causes_of, may_treat
from cds_service.fhir.site_time import at_site
from cds_service.fhir.texts import texts_of
from cds_service.fhir.unplaced_stents import unplaced_stents, with_unplaced_stents
from cds_service.fhir.users import audience_of
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.knowledge.roles import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a request says: its sessions, what could not be read, and the prefetch keys it is not to be trusted on.

    `not_sent` is what nobody sent, `lost` what came as an error or as something else, `incomplete` what came in part.
    `audience` is whom the user's role shows them to be, None where it does not; `chart` is all that was read.
    """

    sessions: tuple[Session, ...]
    unread: tuple[Unread, ...]
    not_sent: tuple[str, ...]
    lost: tuple[str, ...]
    incomplete: tuple[str, ...]
    encounter: str
    patient: str
    audience: Audience | None = None
    chart: Chart = field(default_factory=Chart, repr=False)


def read_request(request: Json, knowledge: Knowledge, vocabulary: Vocabulary) -> Reading:
    """Read the context and prefetch of a hook request, in R4 or R5 shape."""
    context, prefetch = obj(request.get("context")), obj(request.get("prefetch"))
    states = states_of(prefetch)
    patient, encounter = text(context.get("patientId")), text(context.get("encounterId"))
    encounter = f"Encounter/{last_id(encounter)}" if encounter else ""
    chart = Chart(patient=patient)
    chart.add(prefetch.get("patient"))
    charges = chart.add(context.get("draftCharges"))
    for key in [*TEMPLATES, *(k for k in prefetch if k not in TEMPLATES)]:
        chart.add(prefetch.get(key))
    orders = [e for e in chart.add(context.get("draftOrders")) if chart.holds(e)]
    encounter = encounter or _only_encounter(chart)
    drafted = bool(charges) or isinstance(context.get("draftCharges"), dict)
    draft_cut = not drafted and states["charges"] is State.PARTIAL
    drafted = drafted or states["charges"] in (State.PRESENT, State.NOTHING, State.PARTIAL)
    causes = causes_of(chart, vocabulary.places)
    chart.keep_acts(lambda act: may_treat(act, vocabulary.places, causes))
    with at_site(_periods(chart, encounter)):
        sessions, acts, not_read = _sessions(chart, orders, vocabulary, encounter)
        drafts = read_drafts(chart.of("ChargeItem", "Claim"), knowledge, vocabulary, chart)
        sessions = with_drafts(sessions, drafts, chart, vocabulary, encounter=encounter, drafted=drafted)
    edits, incomplete = _edits(request), tuple(k for k in prefetch if states[k] is State.PARTIAL)
    cut = any(k == "procedures" or _holds_procedures(prefetch[k]) for k in incomplete)
    return Reading(
        sessions=tuple(
            replace(s, payers=_payers(s, chart, vocabulary), cut=cut, draft_cut=draft_cut, edits=edits)
            for s in sessions
        ),
        unread=(*_unread(chart, acts), *not_read, *(Unread(resource=f"Bundle/{k}", text=_CUT) for k in incomplete)),
        incomplete=incomplete,
        not_sent=tuple(k for k in TEMPLATES if states[k] is State.ABSENT),
        lost=tuple(k for k in TEMPLATES if states[k] in MISSING and states[k] is not State.ABSENT),
        encounter=encounter,
        patient=patient,
        audience=audience_of(text(context.get("userId")), chart, vocabulary),
        chart=chart,
    )


def _periods(chart: Chart, encounter: str) -> list[Json]:
    """The periods of the encounters, the request's own first: they are written by the site's clock, if anything is."""
    own = chart.resolve(encounter)
    entries = [*([own] if own else []), *chart.of("Encounter")]
    return [obj(e.raw.get(name)) for e in entries for name in ("period", "actualPeriod")]


def _edits(request: Json) -> frozenset[frozenset[str]]:
    """The claim edits the caller's scrubber reports: pairs of codes in extension["org.iliac-cds.claim-edits"]."""
    told = obj(request.get("extension")).get("org.iliac-cds.claim-edits")
    pairs = [p for p in told if isinstance(p, list)] if isinstance(told, list) else []
    named = (frozenset(text(c) for c in p if text(c)) for p in pairs)
    return frozenset(p for p in named if len(p) == _PAIR)


_PAIR = 2
_CUT = "Bundle: only a part of this prefetched list was sent; more pages exist"


def _holds_procedures(value: Any) -> bool:
    return any(e.kind == "Procedure" for e in Chart().add(value))


def _sessions(
    chart: Chart, orders: list[Entry], vocabulary: Vocabulary, encounter: str
) -> tuple[list[Session], list[Treated], list[Unread]]:
    conditions = [*conditions_of(chart, vocabulary), *measured_of(chart, vocabulary)]
    acts, loose = read_procedures(chart, vocabulary, conditions)
    acts = [of_sure_day(a, vocabulary.terminology.knowledge.family_from) for a in acts]
    done = [dated(a, chart) for a in acts if not a.planned]
    planned = read_orders(orders, chart, vocabulary, conditions) if orders else []
    if orders:
        planned += [a for a in acts if a.planned]
    texts, unread = texts_of(chart)
    accounts = read_accounts(texts, done, chart, vocabulary, encounter=encounter)
    sessions = performed_sessions(done, accounts, chart, vocabulary, encounter=encounter, conditions=loose)
    stents, unplaced = loose_stents(chart, vocabulary), unplaced_stents(sessions, chart, vocabulary)
    listed = [*conditions, *diagnoses_in(accounts)]
    sessions = [with_loose_stents(with_chart_diagnoses(s, listed), stents) for s in sessions]
    sessions = [with_unplaced_stents(s, unplaced, chart) for s in sessions] if unplaced else sessions
    sessions = _of_this_stay(sessions, chart, encounter)
    return sessions + anticipated_sessions(planned, chart, vocabulary, encounter=encounter), [*acts, *planned], unread


def _payers(session: Session, chart: Chart, vocabulary: Vocabulary) -> tuple[Payer, ...]:
    day = session.date
    return payers_of(chart, When(year=day.year if day else session.year, day=day), vocabulary)


def _of_this_stay(sessions: list[Session], chart: Chart, encounter: str) -> list[Session]:
    """The sessions of the request's encounter; where it has none, those of its days under an encounter of their own."""
    own = [s for s in sessions if s.in_scope]
    span = stay(chart.resolve(encounter)) if encounter and not own else None
    if span is None:
        return own
    during = [s for s in sessions if s.date is not None and span[0] <= s.date <= span[1]]
    return [replace(s, in_scope=True) for s in during]


def _only_encounter(chart: Chart) -> str:
    found = chart.of("Encounter")
    return found[0].ref if len(found) == 1 else ""


_JUDGED = ("Procedure", "Encounter", "Condition", "ServiceRequest")


def _unread(chart: Chart, acts: Iterable[Treated]) -> list[Unread]:
    """Every resource that could not be read or belongs to somebody else, once, without its content."""
    found: dict[str, str] = {}
    for act in acts:
        if act.unread:
            found.setdefault(act.entry.ref, act.unread[0])
    for ref, reason in unreadable(chart.of("ChargeItem", "Claim")):
        found.setdefault(ref, reason)
    for entry in chart.entries:
        judged = not isinstance(entry, Left) and entry.kind in _JUDGED and entry.ref not in found
        if judged and not _is_plain(entry):
            reasons = faults(entry.raw)
            if reasons:
                found[entry.ref] = reasons[0]
    for entry in chart.foreign:
        found.setdefault(entry.ref, f"{entry.kind}: is about another patient than the request; not used")
    return [Unread(resource=ref, text=reason) for ref, reason in found.items()]


_SHAPES: dict[str, type | tuple[type, ...]] = {
    "status": str,
    "code": dict,
    "bodySite": list,
    "subject": dict,
    "encounter": dict,
    "reasonCode": list,
    "reasonReference": list,
    "note": list,
    "partOf": (list, dict),
    "performedPeriod": dict,
    "class": (dict, list),
}


def _is_plain(entry: Entry) -> bool:
    """A cheap look that spares the models what is plainly in order."""
    raw = entry.raw
    for name, shape in _SHAPES.items():
        if name in raw and not isinstance(raw[name], shape):
            return False
    for name in ("performedDateTime", "occurrenceDateTime"):
        if name in raw and when(raw, name.removesuffix("DateTime")).year is None:
            return False
    listed = [x for n in ("bodySite", "reasonCode", "note") for x in raw.get(n) or [] if isinstance(raw.get(n), list)]
    return all(isinstance(x, dict) for x in listed) and _plain_codings(raw)


def _plain_codings(raw: Json) -> bool:
    coding = obj(raw.get("code")).get("coding")
    return coding is None or (isinstance(coding, list) and len(objects(coding)) == len(coding))
