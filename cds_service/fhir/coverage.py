"""The payers of a session out of its Coverages: which are in force on the day, in which order, and what each says.

Knows where R4 (payor) and R5 (insurer, paymentBy, kind) keep payer, type and plan. What the words mean together is
judged in `payers`.
"""

from collections.abc import Iterator
from typing import Any

from cds_service.coding.facts import Payer
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, When, codings, concept, obj, objects, reference, text
from cds_service.fhir.payers import Account, judged, self_paid
from cds_service.fhir.periods import covers
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.knowledge.payers import NAIC, PAYER_ID, SOPT, Saying

_LAST = 10**9
_PERSONS = ("Patient", "RelatedPerson")
_ID_KINDS = {"payerid": PAYER_ID, "naiccode": NAIC}


def payers_of(chart: Chart, served: When, vocabulary: Vocabulary) -> tuple[Payer, ...]:
    """Every payer of the Coverages in force on the day of service, the lowest order first; each once."""
    found: dict[tuple[str, str], Payer] = {}
    for entry in sorted(_in_force(chart, served), key=lambda e: _order(e.raw)):
        for payer in _CoverageReader(entry, chart, served, vocabulary).payers():
            found.setdefault((payer.identity, payer.line), payer)
    return tuple(found.values())


def _in_force(chart: Chart, served: When) -> list[Entry]:
    active = [e for e in chart.of("Coverage") if text(e.raw.get("status")) in ("", "active")]
    return [e for e in active if covers(e.raw.get("period"), served)]


def _order(raw: Json) -> int:
    """Coverages that say nothing about their order come last."""
    written = text(raw.get("order"))
    return int(written) if written.isdecimal() and len(written) < 10 else _LAST


class _CoverageReader:
    """One Coverage with what is needed to read it."""

    def __init__(self, entry: Entry, chart: Chart, served: When, vocabulary: Vocabulary) -> None:
        self._raw, self._chart = entry.raw, chart
        self._day, self._vocabulary = served.day, vocabulary

    def payers(self) -> Iterator[Payer]:
        """One payer for every organization that pays; the patient only where nobody else does."""
        path, parties = self._parties()
        others = [p for p in parties if not self._is_person(p)]
        if text(self._raw.get("kind")) == "self-pay" or self._is_typed_self_pay():
            yield self_paid("Coverage.kind" if text(self._raw.get("kind")) == "self-pay" else "Coverage.type")
        elif parties and not others:
            yield self_paid(f"{path}, a person")
        else:
            coded, worded, plan = self._coded(), self._worded(), self._plan()
            for party in others or [{}]:
                names, identified = self._names(party), self._identified(party)
                account = Account(
                    path=path,
                    named=bool(party) and bool(names or identified.values),
                    payor=self._payor(party, names) | identified,
                    coded=coded,
                    worded=worded,
                    plan=plan,
                )
                if party or coded.values or worded.values or plan.values:
                    yield judged(account)

    def _parties(self) -> tuple[str, list[Json]]:
        raw = self._raw
        bills = [obj(x.get("party")) for x in objects(raw.get("paymentBy"))]
        ways = {
            "Coverage.payor": objects(raw.get("payor")),
            "Coverage.insurer": objects(raw.get("insurer")),
            "Coverage.paymentBy": bills,
        }
        return next(((path, found) for path, ps in ways.items() if (found := [p for p in ps if p])), ("Coverage", []))

    def _is_person(self, party: Json) -> bool:
        ref = reference(party).split("/_history/")[0]
        target = self._chart.resolve(ref, self._raw)
        kind = target.kind if target else text(party.get("type")) or next(iter(ref.split("/")[-2:-1]), "")
        return kind in _PERSONS

    def _is_typed_self_pay(self) -> bool:
        found = codings(self._raw.get("type"))
        return any(c.system.rstrip("/").endswith("coverage-selfpay") and c.code == "pay" for c in found)

    def _organization(self, party: Json) -> Json:
        target = self._chart.resolve(reference(party), self._raw)
        return obj(target.raw if target else None)

    def _names(self, party: Json) -> list[str]:
        """The organization's own name; what the reference displays, or names in an identifier, only without one."""
        organization = self._organization(party)
        bare = obj(party.get("identifier"))
        spoken = text(bare.get("value")) if not text(bare.get("system")) else ""
        known = [text(organization.get("name"))]
        loose = [text(party.get("display")), spoken if any(c.isalpha() for c in spoken) else ""]
        return [n for n in known if n] or [n for n in loose if n]

    def _identifiers(self, party: Json) -> Iterator[tuple[str, str]]:
        """Payer identifiers of a kind the knowledge has, as kind and value; other numbers mean nothing here."""
        held = (*objects(party.get("identifier")), *objects(self._organization(party).get("identifier")))
        for identifier in held:
            kinds = {_ID_KINDS.get(c.code.lower(), "") for c in codings(identifier.get("type"))} - {""}
            if self._vocabulary.terminology.system(text(identifier.get("system"))) == NAIC:
                kinds.add(NAIC)
            yield from ((k, text(identifier.get("value"))) for k in kinds)

    def _identified(self, party: Json) -> Saying:
        said = Saying()
        for kind, value in self._identifiers(party):
            said |= self._vocabulary.payers.code(kind, value, self._day)
        return said

    def _payor(self, party: Json, names: list[str]) -> Saying:
        """Who pays by name; other names of the organization only where its own says nothing."""
        said = self._read(names)
        if not said.values:
            other = self._organization(party).get("alias")
            said = self._read([text(a) for a in other] if isinstance(other, list) else [])
        return said

    def _coded(self) -> Saying:
        said = Saying()
        for coding in codings(self._raw.get("type")):
            if self._vocabulary.terminology.system(coding.system) == SOPT:
                said |= self._vocabulary.payers.code(SOPT, coding.code, self._day)
        return said

    def _worded(self) -> Saying:
        """The words of the type; the display of a coding only where its code means nothing here."""
        system = self._vocabulary.terminology.system
        kind = self._raw.get("type")
        local = [c.display for c in codings(kind) if not system(c.system)]
        return self._read([text(concept(kind).get("text")), *local])

    def _plan(self) -> Saying:
        """Value and name of the plan; a group is the employer's, and says nothing about the payer."""
        said = Saying()
        for item in objects(self._raw.get("class")):
            kinds = {c.code for c in codings(item.get("type"))}
            if not kinds or kinds & {"plan", "subplan"}:
                said |= self._read([_value(item.get("value")), text(item.get("name"))])
        return said

    def _read(self, names: list[str]) -> Saying:
        said = Saying()
        for name in filter(None, names):
            said |= self._vocabulary.payers.name(name, self._day)
        return said


def _value(value: Any) -> str:
    """A class value: a string in R4, an Identifier in R5."""
    return text(value) or text(obj(value).get("value"))
