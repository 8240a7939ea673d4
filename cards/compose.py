"""Which cards a call answers with: at most one for the coder and one for the clinician.

Knows audiences and the identity of a card. What the cards say stands in the two card modules.
"""

from dataclasses import dataclass, field

from cards.actions import Subject
from cards.choice import Choice, choice_of
from cards.clarification_cards import detail, forecast_items, summary
from cards.coding_cards import content
from cards.coding_detail import Reader
from cards.gaps import Gaps, clinical, not_had
from cards.identity import name_of
from cards.model import Card, Source
from cards.profiles import Profile, profile
from cards.quoting import Quoting
from cards.reasons import reasons_for
from cards.text import render
from cards.wording import say
from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import CodingDecision

TOPIC = "https://iliac-cds.org/CodeSystem/card-topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The call a card answers: its instance, whom it is about, who reads it and what their client can carry out.

    `coder` readers may see codes. `marks` are the patient's names and numbers, which no quote may show.
    """

    hook_instance: str
    patient: str
    encounter: str
    coder: bool = True
    profile: str = "standard"
    tenant: str = ""
    r5: bool = False
    notice: str = ""
    marks: tuple[str, ...] = ()
    gaps: Gaps = field(default_factory=Gaps)


def cards_for(decision: CodingDecision, occasion: Occasion, knowledge: Knowledge) -> list[Card]:
    """The cards of a call, the coder's first; none when there is nothing useful to say.

    Every field is fixed by the decision and the occasion: the same request gives the same bytes.
    """
    choice = choice_of(decision, knowledge)
    out = [_coding(choice, occasion, knowledge)] if occasion.coder else []
    out += [_clarification(choice, occasion, knowledge), _forecast(choice, occasion, knowledge)]
    return [c for c in out if c is not None]


def _coding(choice: Choice, occasion: Occasion, knowledge: Knowledge) -> Card | None:
    if not choice.coding:
        return None
    client = profile(occasion.profile)
    said = content(choice.coding, knowledge, _reader(occasion, client))
    return Card(
        uuid=_uuid(occasion, knowledge, "coding", said.summary + said.detail),
        summary=said.summary,
        indicator=said.indicator,
        detail=said.detail,
        source=_source(knowledge, "coding", "Coding of iliac revascularization"),
        suggestions=client.suggestions(
            said.label, said.actions, lambda text: _uuid(occasion, knowledge, "suggestion", text)
        ),
        selection=client.selection,
        links=said.links,
        overrides=reasons_for("coding"),
        extension=said.extension,
    )


def _reader(occasion: Occasion, client: Profile) -> Reader:
    return Reader(
        subject=Subject(patient=occasion.patient, encounter=occasion.encounter, r5=occasion.r5, tenant=occasion.tenant),
        profile=client,
        quoting=Quoting(marks=occasion.marks),
        gaps=occasion.gaps,
        notice=occasion.notice,
    )


def _clarification(choice: Choice, occasion: Occasion, knowledge: Knowledge) -> Card | None:
    asked = [question for _, question in choice.asked]
    if not asked:
        return None
    said = detail(asked, Quoting(marks=occasion.marks), not_had(clinical(occasion.gaps)))
    return _for_clinician(summary(asked), said, occasion, knowledge)


def _forecast(choice: Choice, occasion: Occasion, knowledge: Knowledge) -> Card | None:
    items = forecast_items([question for _, question in choice.planned])
    if not items:
        return None
    title = say("forecast", "item", "title")
    return _for_clinician(title, render("forecast.md.j2", items=items), occasion, knowledge)


def _for_clinician(title: str, text: str, occasion: Occasion, knowledge: Knowledge) -> Card:
    return Card(
        uuid=_uuid(occasion, knowledge, "clarification", title + text),
        summary=title,
        indicator="info",
        detail=text,
        source=_source(knowledge, "clarification", "Documentation clarification"),
        overrides=reasons_for("clarification"),
    )


def _source(knowledge: Knowledge, topic: str, words: str) -> Source:
    """Where the card comes from; the topic's code is alphanumeric and static, as Epic keys its settings by it."""
    label = f"Iliac rules {knowledge.version} ({knowledge.cite('R-PAIR')})"
    if topic != "coding":
        label = f"Iliac documentation rules {knowledge.version}"
    url = knowledge.sources[knowledge.rules["R-PAIR"].source].url if topic == "coding" else ""
    return Source(label=label, url=url, topic={"system": TOPIC, "code": topic, "display": words})


def _uuid(occasion: Occasion, knowledge: Knowledge, kind: str, words: str) -> str:
    """Fixed by the call and the card, so that a repeated request gives the same bytes and feedback can be joined."""
    parts = (knowledge.version, occasion.hook_instance, occasion.patient, occasion.encounter, kind, words)
    return name_of("|".join(parts))
