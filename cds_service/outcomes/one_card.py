"""Why was this suggested in March? What the store and the knowledge tell of one card, for an auditor.

Knows the order of the telling. The chart is not kept, so the record's own words are not here.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from cds_service.coding.codes import Knowledge
from cds_service.knowledge.loader import load
from cds_service.outcomes.reporting import NoReport, opened
from cds_service.outcomes.tally import reason_name
from cds_service.stores.history import Answer, record_of
from cds_service.stores.place import Place
from cds_service.stores.records import Feedback, ShownCard

_CHART = "The chart is not kept here. `iliac-cds explain REQUEST.json` decides a request again, with its evidence."
_READERS = {"coding": "coder", "clarification": "clinician"}


def told_of(place: Place, card: str) -> str:
    """All that is known of a card, as text.

    Raises:
        NoReport: the id is none, nobody remembers the card, or the store cannot be read.
    """
    try:
        name = str(UUID(card))
    except ValueError:
        raise NoReport("that is no uuid: give the `uuid` of a card as the service answered it") from None
    with opened(place) as database:
        shown, given = record_of(database, name)
    if not shown and not given:
        raise NoReport(f"nobody remembers the card {name}; is ILIAC_CDS_DATA_DIR that of the service?")
    knowledge = load()
    lines = [f"Card {name}", *_first(shown, knowledge), *_answers(shown, given), _CHART]
    return "\n".join(lines) + "\n"


def _first(shown: Sequence[ShownCard], knowledge: Knowledge) -> Iterator[str]:
    if not shown:
        yield "It is not known when it was shown: only feedback on it was kept."
        return
    card = shown[0]
    for each in shown:
        caller = f", to {each.issuer}" if each.issuer else ""
        yield f"Shown {each.at:%Y-%m-%d %H:%M:%S} UTC by {each.service} on {each.hook}{caller}"
    yield f"For the {_READERS.get(card.audience, card.audience)}; 37257: {card.verdict or 'not said'}"
    same = card.knowledge == knowledge.version
    yield f"Knowledge {card.knowledge}" + (
        "" if same else f"; this program has {knowledge.version}, whose words follow"
    )
    yield from (f"  {_rule(rule, knowledge)}" for rule in card.rules)
    if card.topics:
        yield f"{'Findings' if card.audience == 'coding' else 'Questions'}: {', '.join(card.topics)}"
    if card.suggestions:
        yield f"Suggestions: {', '.join(card.suggestions)}"


def _rule(name: str, knowledge: Knowledge) -> str:
    rule = knowledge.rules.get(name)
    if rule is None:
        return f"{name}: no rule of this program's knowledge"
    source = knowledge.sources[rule.source]
    return f"{name}: {rule.text} ({source.title}; {source.url}; in force from {rule.effective_from})"


def _answers(shown: Sequence[ShownCard], given: Sequence[Feedback]) -> Iterator[str]:
    audience = shown[0].audience if shown else ""
    for item in given:
        why = ""
        if item.outcome == "overridden":
            why = f": {reason_name(Answer(outcome=item.outcome, reason=item.reason), audience)}"
        elif item.suggestions:
            why = f": {', '.join(item.suggestions)}"
        commented = "; with a comment, which is not kept" if item.commented else ""
        yield f"{item.outcome.capitalize()} {item.at:%Y-%m-%d %H:%M:%S} UTC{why}{commented}"
    if not given:
        yield "No answer to it was sent."
