"""One measurement, an Observation's or a component's: what its code asks and what its value answers about a lesion.

Knows codes, words and percentages. Where it was measured, when, and whether that counts is `measurements`' business.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cds_service.coding.anatomy import Lesion
from cds_service.fhir.act import Place
from cds_service.fhir.elements import Json, codings, concept, number, obj, text, words
from cds_service.fhir.lesions import BY_CODE, lesion_in
from cds_service.fhir.phrases import Clause, read_clauses
from cds_service.fhir.vocabulary import Vocabulary

ASIDE = re.compile(
    r"residual|\bpost(?!erior)|\bfinal|\bafter\b|completion|\bfollow|remaining|\bprior\b|previous|histor", re.IGNORECASE
)
_LESION = re.compile(r"stenos|stenot|occlu|narrow|strictur|block|string|\bCTOs?\b", re.IGNORECASE)
_PERCENT = re.compile(r"%|\bper ?cent(?:age)?\b|\bpct\b", re.IGNORECASE)
_FIGURE = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*(?:%|per ?cent)\s*", re.IGNORECASE)
_KNOWN = frozenset(
    """percent percentage pct diameter area degree lumen luminal max maximum maximal pre preprocedure preprocedural
    pretreatment preintervention before baseline initial by visual estimate estimated measured measurement
    quantitative value grade severity duplex cta qca""".split()  # noqa: SIM905
)
# What is told of a lesion beside its degree.
_DETAILS = frozenset(
    ("length", "diameter", "reference", "tasc", "collateral", "collaterals", "collateralized", "via", "reconstituted")
)
_ASKS = re.compile(r"lesion|finding|type|angiogra|severity|assess|vessel|arter|stenos|occlu|patency", re.IGNORECASE)
_PRESENT = ("present", "yes", "positive", "detected", "52101004", "10828004", "373066001", "260373001")
_ABSENT = ("absent", "no", "none", "negative", "not detected", "2667000", "260385009", "373067005", "260415000")
_NAMED = {"stenosis": "stenosis", "occlusion": "occlusion", "acute-occlusion": "occlusion"}
_LESS_THAN_TREATED = 50
_NO_FLOW = re.compile(r"\bTIMI[\s-]{0,2}(?:(?:flow|grade)[\s:]{1,2}){0,2}0\b", re.IGNORECASE)
Said = tuple[Lesion | None, str]
UNCERTAIN: Said = (None, "uncertain")


@dataclass(slots=True, kw_only=True)
class Topic:
    """What a code asks about: lesions by name, places, and whether anything else stands in its words."""

    lesions: set[str] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    away: bool = False

    @property
    def asked(self) -> set[str]:
        """The lesions the code asks about; how it came about or where alone is no such question."""
        return self.lesions & {"stenosis", "occlusion", "subtotal"}

    @property
    def is_aside(self) -> bool:
        """True for what was left after treatment, or was there in earlier times."""
        return any(ASIDE.search(p) for p in self.phrases)

    @property
    def is_sure(self) -> bool:
        """True when every word is understood: a reduction or a probability of stenosis is no stenosis."""
        return not any(c.loose - _KNOWN or c.denied or c.scopes for c in self.clauses)

    @property
    def in_percent(self) -> bool:
        return any(_PERCENT.search(p) for p in self.phrases)


def read_topic(value: Any, vocabulary: Vocabulary) -> Topic:
    """The topic of a CodeableConcept, from its codes and its words."""
    topic = Topic()
    for coding in codings(value):
        known = vocabulary.concept(coding)
        if known is not None:
            topic.away = topic.away or bool(known.excludes)
            topic.lesions |= {_NAMED.get(known.lesion, "")} - {""}
            topic.places += [(known.territory, known.vessel, known.sides)] if known.territory else []
    topic.phrases = [p for p in (text(concept(value).get("text")), *(c.display for c in codings(value))) if p]
    for phrase in dict.fromkeys(topic.phrases):
        for clause in read_clauses(phrase, vocabulary.lexicon):
            topic.clauses.append(clause)
            topic.away = topic.away or clause.is_elsewhere
            topic.lesions |= clause.lesions
            topic.places += clause.places
    return topic


def may_matter(part: Json, vocabulary: Vocabulary) -> bool:
    """A cheap look: True when a code or value of the measurement names a lesion in words, or is a known code of one."""
    values = [part.get("code"), part.get("valueCodeableConcept")]
    phrases = [text(part.get("valueString")), *(text(concept(v).get("text")) for v in values)]
    known = [c for v in values for c in codings(v)]
    if any(_LESION.search(p) for p in (*phrases, *(c.display for c in known)) if p):
        return True
    return any(found.lesion for c in known if (found := vocabulary.concept(c)) is not None)


def answer(part: Json, topic: Topic, vocabulary: Vocabulary) -> tuple[str, Said, list[Place]] | None:
    """What the value says: its element, the lesion with its doubt, the places it names; None for nothing about one."""
    name = next((k for k in sorted(part) if k.startswith("value") and part[k] is not None), "")
    value = part.get(name)
    if part.get("dataAbsentReason") or not name:
        return ("dataAbsentReason", UNCERTAIN, []) if topic.asked else None
    if name == "valueQuantity":
        return (name, _graded(_percent(obj(value)), topic), []) if topic.asked else None
    if name == "valueInteger":
        return (name, _graded(number(value) if topic.in_percent else None, topic), []) if topic.asked else None
    if name == "valueBoolean":
        return (name, _affirmed(topic, value is True), []) if topic.asked else None
    if name == "valueString":
        return _of_string(text(value), topic, vocabulary)
    if name == "valueCodeableConcept":
        return _of_concept(value, topic, vocabulary)
    return (name, UNCERTAIN, []) if topic.asked else None


def _of_string(value: str, topic: Topic, vocabulary: Vocabulary) -> tuple[str, Said, list[Place]] | None:
    figure = _FIGURE.fullmatch(value)
    if figure:
        return ("valueString", _graded(float(figure[1]), topic), []) if topic.asked else None
    return _spoken("valueString", [value], [], topic, vocabulary=vocabulary)


def _of_concept(value: Any, topic: Topic, vocabulary: Vocabulary) -> tuple[str, Said, list[Place]] | None:
    coded: list[Said] = []
    places: list[Place] = []
    for coding in codings(value):
        known = vocabulary.concept(coding)
        if known is not None and known.excludes:
            return ("valueCodeableConcept", UNCERTAIN, []) if topic.asked else None
        if known is not None:
            coded += [BY_CODE[known.lesion]] if known.lesion else []
            places += [(known.territory, known.vessel, known.sides)] if known.territory else []
    said = [text(concept(value).get("text")), *(c.display for c in codings(value)), *(c.code for c in codings(value))]
    if not coded and topic.asked and any(s.lower() in (*_PRESENT, *_ABSENT) for s in said):
        return "valueCodeableConcept", _affirmed(topic, any(s.lower() in _PRESENT for s in said)), []
    found = _spoken("valueCodeableConcept", said[: 1 + len(codings(value))], coded, topic, vocabulary=vocabulary)
    return (found[0], found[1], [*places, *found[2]]) if found else None


def _spoken(
    name: str, phrases: Iterable[str], coded: list[Said], topic: Topic, *, vocabulary: Vocabulary
) -> tuple[str, Said, list[Place]] | None:
    """A lesion that the value itself names, in codes or words; all of them must say the same."""
    phrases = [*phrases]
    no_flow = any(_NO_FLOW.search(p) for p in phrases)
    phrases = [_NO_FLOW.sub(" ", p) for p in phrases]
    clauses = [c for p in dict.fromkeys(phrases) if p for c in read_clauses(p, vocabulary.lexicon)]
    said = [*coded, *(s for c in clauses if (s := lesion_in(c)) != (None, ""))]
    places = [p for c in clauses for p in c.places]
    if not said:
        return (name, UNCERTAIN, places) if topic.asked else None
    if any(ASIDE.search(p) for p in phrases) or any(c.is_elsewhere or c.scopes or c.loose - _DETAILS for c in clauses):
        return name, UNCERTAIN, places
    if len(set(said)) > 1 or not (topic.is_sure and any(_ASKS.search(p) for p in topic.phrases)):
        return name, UNCERTAIN, places
    contrary = (topic.asked == {"occlusion"} or no_flow) and said[0][0] is Lesion.STENOSIS
    return name, UNCERTAIN if contrary else said[0], places


def _affirmed(topic: Topic, present: bool) -> Said:
    """The lesion a code names, said to be there or not."""
    named = topic.asked
    if not present:
        return (None, "denied") if "occlusion" in named else UNCERTAIN
    if len(named) != 1 or topic.in_percent or not topic.is_sure:
        return UNCERTAIN
    qualifier = "in-stent" if "in-stent" in topic.lesions else "acute" if "acute" in topic.lesions else ""
    return {
        "occlusion": (Lesion.OCCLUSION, qualifier),
        "stenosis": (Lesion.STENOSIS, ""),
        "subtotal": (Lesion.STENOSIS, "subtotal"),
    }[named.pop()]


def _graded(percent: float | None, topic: Topic) -> Said:
    """A percentage of narrowing: only the full hundred is an occlusion; what nobody would treat may be a result."""
    if percent is None or not topic.is_sure or "subtotal" in topic.lesions or not _LESS_THAN_TREATED <= percent <= 100:
        return UNCERTAIN
    if percent == 100:
        return Lesion.OCCLUSION, "in-stent" if "in-stent" in topic.lesions else ""
    subtotal = percent >= 99 or "stenosis" not in topic.lesions
    return Lesion.STENOSIS, "subtotal" if subtotal else ""


def _percent(quantity: Json) -> float | None:
    """The value of a Quantity in per cent, None for another unit, no unit, or a value that is only a bound."""
    units = {text(quantity.get("unit")).lower(), text(quantity.get("code")).lower()} - {""}
    if quantity.get("comparator") or not units or not all(_PERCENT.fullmatch(u) for u in units):
        return None
    return number(quantity.get("value"))


def quote_of(part: Json, name: str) -> str:
    """The measurement in the record's own words: what was asked, and the value."""
    value = part.get(name)
    if name == "valueQuantity":
        quantity = obj(value)
        shown = f"{quantity.get('value')} {text(quantity.get('unit')) or text(quantity.get('code'))}".strip()
    else:
        shown = words(value) if isinstance(value, dict) else "" if value is None else str(value)
    return f"{words(part.get('code'))}: {shown}" if shown else words(part.get("code"))
