"""The clarification card: a compliant query to the clinician. Names no code and leads to no answer.

Knows questions and the record's own words. Nothing here depends on which way an answer would move a code.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from cards.model import MOST_SUMMARY
from cards.names import place
from cards.text import render, words
from cds_service.coding.anatomy import Territory
from cds_service.coding.decision import SessionDecision
from cds_service.coding.facts import Evidence, QuestionCode
from cds_service.coding.questions import Question

MOST_WORDS = 200
_CODE_LIKE = re.compile(r"^\W*\d[\dA-Z.]*\W*$|\b\d{5}\b|\b\d{4}T\b|\b\d{7,}\b")
_ASKED = "Based on your clinical judgment, please document"


def questions_to_ask(decided: Sequence[SessionDecision]) -> list[tuple[SessionDecision, Question]]:
    """The questions about iliac arteries, and about the session when it holds any."""
    out = []
    for d in decided:
        iliac = any(f.territory is Territory.ILIAC for f in d.session.treated)
        for question in d.questions:
            if question.territory is Territory.ILIAC or (question.territory is None and iliac):
                out.append((d, question))
    return out


def summary(questions: Sequence[Question]) -> str:
    """The topic of the first question, and how many more there are."""
    more = f" (and {len(questions) - 1} more)" if len(questions) > 1 else ""
    text = f"Documentation clarification: {topic(questions[0])}"
    return text + more if len(text + more) <= MOST_SUMMARY else f"Documentation clarification: iliac arteries{more}"


def detail(asked: Sequence[tuple[SessionDecision, Question]], not_had: str = "") -> str:
    """The queries, as many as fit, each with what the record says; `not_had` tells what of it could not be seen."""
    for most, quotes in ((3, 4), (3, 2), (2, 3), (2, 2), (1, 4), (1, 2)):
        shown = [_ask(question, quotes) for _, question in asked[:most]]
        rest = [topic(q) for _, q in asked[most:]]
        more = f"Also to be clarified: {'; '.join(dict.fromkeys(rest))}." if rest else ""
        text = render("clarification.md.j2", asks=shown, more=more, not_had=not_had)
        if words(text) <= MOST_WORDS:
            return text
    return text


def topic(question: Question) -> str:
    """What a question is about, without its answer."""
    where = place(question.side, question.vessel, question.territory)
    if question.code is QuestionCode.BRIDGING_LESION:
        return f"the lesion across the {where}"
    match question.about:
        case "lesion":
            return f"the lesion treated in the {where}"
        case "side":
            return f"the leg in which the {where.split(',')[0]} was treated"
        case "vessel":
            return "which iliac artery was treated" + (f" on the {question.side.value}" if question.side else "")
        case "treatment" | "done":
            return f"the treatment of the {where}"
    if question.code is QuestionCode.SESSION:
        return "the course of the procedures of one day"
    return f"the treatment of the {where}"


def _ask(question: Question, quotes: int) -> dict[str, Any]:
    return {"quotes": _quotes(question, quotes), "question": _words(question), "options": _options(question)}


def _words(question: Question) -> str:
    where = place(question.side, question.vessel, question.territory)
    if question.code is QuestionCode.BRIDGING_LESION:
        asked = f"{_ASKED} which arteries the lesion treated in the {where} involved"
        return f"{asked}, and whether it was one lesion or several."
    match question.about:
        case "lesion":
            return f"{_ASKED} the character of the lesion treated in the {where}:"
        case "side":
            return f"{_ASKED} in which leg the {where.split(',')[0]} was treated."
        case "vessel":
            return f"{_ASKED} which iliac artery or arteries were treated and on which side."
        case "treatment":
            return f"{_ASKED} what was done in the {where}."
        case "done":
            return f"{_ASKED} what was done in the {where} and how it ended."
    if question.code is QuestionCode.SESSION:
        return _SESSION.get(question.reason, _SESSION["several-episodes"])
    return f"{_ASKED} what was done in the {where}."


_SESSION = {
    "date-unknown": f"{_ASKED} the date of the procedures.",
    "several-episodes": f"{_ASKED} when each procedure of this day began and ended, and how they belong together.",
    "other-encounter": f"{_ASKED} when each procedure of this day began and ended, and how they belong together.",
}


def _options(question: Question) -> list[str]:
    """Options only where the record itself holds an indicator for each; otherwise the question stays open."""
    if question.about == "lesion" and question.reason == "conflict":
        return ["Occlusion", "Stenosis", "Other (please specify)", "Unable to determine"]
    if question.about == "side" and question.reason == "conflict":
        return ["Both", "Left", "Right", "Other (please specify)", "Unable to determine"]
    return []


def _quotes(question: Question, most: int) -> list[dict[str, str]]:
    """The record's own indicators, words only; bare code numbers are not shown to a clinician."""
    spoken = [e for e in question.evidence if not _CODE_LIKE.search(e.quote)]
    if question.about == "lesion":
        spoken.sort(key=lambda e: not _is_of_a_lesion(e))
    if question.about == "treatment":
        spoken.sort(key=lambda e: "bodySite" in e.path)
    if question.reason == "conflict":
        spoken = _in_turn(spoken)
    rows = [{"where": _where(e), "date": e.date, "quote": e.quote} for e in spoken]
    unique = {row["quote"]: row for row in reversed(rows)}
    return list(reversed(unique.values()))[:most]


def _in_turn(evidence: Sequence[Evidence]) -> list[Evidence]:
    """One piece of every resource, then the next of every resource: each side of a conflict is heard."""
    by_source: dict[str, list[Evidence]] = {}
    for piece in evidence:
        by_source.setdefault(piece.resource, []).append(piece)
    turns = zip_longest(*by_source.values())
    return [piece for turn in turns for piece in turn if piece is not None]


def _is_of_a_lesion(evidence: Evidence) -> bool:
    return "reason" in evidence.path or not evidence.resource.startswith("Procedure/")


def _where(evidence: Evidence) -> str:
    return _PLACES.get(evidence.resource.split("/")[0], "Record")


_PLACES = {
    "Condition": "Problem list or diagnosis",
    "DiagnosticReport": "Diagnostic report",
    "DocumentReference": "Document",
    "Observation": "Finding",
    "Procedure": "Procedure record",
    "ServiceRequest": "Order",
}


def forecast_items(asked: Sequence[tuple[SessionDecision, Question]]) -> list[str]:
    """What an order leaves open, per planned service."""
    items = []
    for _, question in asked:
        where = place(question.side, question.vessel, question.territory)
        match question.about:
            case "lesion":
                items.append(f"the lesion found in the {where}")
            case "side":
                items.append(f"the leg of the planned {where.split(',')[0]} treatment")
            case "vessel":
                items.append("which iliac artery is meant")
            case "treatment":
                items.append(f"what is planned for the {where}")
    return list(dict.fromkeys(items))[:6]
