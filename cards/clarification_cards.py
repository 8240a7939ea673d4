"""The clarification card: a compliant query to the clinician. Names no code and leads to no answer.

Knows questions and the record's own words. Nothing here depends on which way an answer would move a code.
"""

import re
from collections.abc import Sequence
from typing import Any

from cards.evidence_rows import both_sides, is_of_the_lesion
from cards.model import MOST_SUMMARY
from cards.names import place, vessel
from cards.quoting import Quoting
from cards.text import MOST_WORDS, render, words
from cards.wording import options, place_words, say
from cds_service.coding.facts import QuestionCode
from cds_service.coding.questions import Question

_LONGEST = 140
_CODE_LIKE = re.compile(r"^\W*\d[\dA-Z.]*\W*$|\b\d{5}\b|\b\d{4}T\b|\b\d{7,}\b")
# Questions and quotes of each that are shown in full: the most that fits is taken.
_SIZES = ((3, 4), (3, 2), (2, 3), (2, 2), (1, 4), (1, 2))


def summary(questions: Sequence[Question]) -> str:
    """The topic of the first question, and how many more there are."""
    more = say("clarification", "topic", "more", count=len(questions) - 1) if len(questions) > 1 else ""
    short = say("clarification", "topic", "short")
    forms = [say("clarification", "topic", "title", topic=t) + more for t in (topic(questions[0]), short)]
    return next((f for f in forms if len(f) <= MOST_SUMMARY), forms[-1])


def detail(asked: Sequence[Question], quoting: Quoting, not_had: str = "") -> str:
    """The queries, as many as fit, each with what the record says; `not_had` tells what of it could not be seen."""
    asks = [_ask(question, quoting) for question in asked[: _SIZES[0][0]]]
    for most, quotes in _SIZES:
        shown = [{**ask, "quotes": ask["quotes"][:quotes]} for ask in asks[:most]]
        rest = "; ".join(dict.fromkeys(topic(q) for q in asked[most:]))
        more = say("clarification", "topic", "rest", topics=rest) if rest else ""
        text = render("clarification.md.j2", asks=shown, more=more, not_had=not_had)
        if words(text) <= MOST_WORDS:
            return text
    return text


def topic(question: Question) -> str:
    """What a question is about, without its answer."""
    key = _topic_key(question)
    if key == "vessel" and question.side is not None:
        return say("clarification", "topic", "vessel-of-leg", side=question.side.value)
    return say("clarification", "topic", key, **_gaps(question))


def _topic_key(question: Question) -> str:
    if question.code in (QuestionCode.BRIDGING_LESION, QuestionCode.SESSION):
        return question.code.value
    return question.about if question.about in ("lesion", "side", "vessel") else "treatment"


def _gaps(question: Question) -> dict[str, str]:
    return {
        "place": place(question.side, question.vessel, question.territory),
        "vessel": vessel(question.vessel, question.territory),
    }


def _ask(question: Question, quoting: Quoting) -> dict[str, Any]:
    choices = _options(question)
    asked = say("clarification", "question", _question_key(question), **_gaps(question))
    text = say("clarification", "question", "ask", what=asked)
    text = text if choices else f"{text.rstrip(':.')}."
    return {"quotes": _quotes(question, quoting), "question": text, "options": choices}


def _question_key(question: Question) -> str:
    if question.code is QuestionCode.BRIDGING_LESION:
        return question.code.value
    if question.code is QuestionCode.SESSION:
        return "date-unknown" if question.reason == "date-unknown" else "session"
    return question.about if question.about in ("lesion", "side", "vessel", "done") else "treatment"


def _options(question: Question) -> list[str]:
    """Options only where the record itself holds an indicator for each; otherwise the question stays open."""
    return options(question.about) if question.reason == "conflict" else []


def _quotes(question: Question, quoting: Quoting) -> list[dict[str, str]]:
    """The record's own indicators, words only; bare code numbers are not shown to a clinician."""
    spoken = [e for e in question.evidence if not _CODE_LIKE.search(e.quote)]
    if question.about == "lesion":
        spoken.sort(key=lambda e: not is_of_the_lesion(e))
    if question.about == "treatment":
        spoken.sort(key=lambda e: "bodySite" in e.path)
    if question.reason == "conflict":
        spoken = both_sides(spoken, question.about)
    rows = [
        {
            "where": place_words(e.resource.split("/")[0]),
            "date": e.date,
            "quote": quoting.excerpt(e.quote, question.about, _LONGEST),
        }
        for e in spoken
    ]
    unique = {row["quote"]: row for row in reversed(rows)}
    return list(reversed(unique.values()))


def forecast_items(asked: Sequence[Question]) -> list[str]:
    """What an order leaves open, per planned service."""
    known = ("lesion", "side", "vessel", "treatment")
    items = [say("forecast", "item", q.about, **_gaps(q)) for q in asked if q.about in known]
    return list(dict.fromkeys(items))[:6]
