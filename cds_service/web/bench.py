"""Everything a page shows about one request: timeline, picture, cards, decision, and where every code stands.

Knows the order of the calls and why /cds-services would not take a request as it is. Knows no HTTP and no HTML.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from cds_service.advice import Advice, Adviser, response
from cds_service.coding.anatomy import Territory
from cds_service.coding.document import document
from cds_service.coding.standing import Standing, standings
from cds_service.fhir.elements import Json
from cds_service.logs import what_and_where
from cds_service.picture import picture
from cds_service.problems import Problem, refused
from cds_service.web.decision_tables import SessionView, session_views, unread_table
from cds_service.web.items import Timeline
from cds_service.web.services import Service
from cds_service.web.tables import Table
from cds_service.web.timeline import timeline
from cds_service.web.wire import check_envelope, check_needed

_log = logging.getLogger("cds_service.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where the codes of one territory stand; `rows` is empty where one reason, `otherwise`, holds for all of them."""

    territory: str
    codes: int
    rows: tuple[Standing, ...]
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """One request, answered. `objection`: why /cds-services would not take it as it is.

    `standings` are by session, in the order of the decision document.
    """

    request: Json
    answer: dict[str, Any]
    decision: dict[str, Any]
    chart: Timeline
    picture: Markup
    sessions: tuple[SessionView, ...]
    standings: tuple[tuple[Stand, ...], ...]
    unread: Table
    service: str
    objection: str


def advice_on(sent: Json, adviser: Adviser) -> Advice:
    """The advice on a request, whatever it holds.

    Raises:
        Problem: the service failed on it; nothing of the fault is told.
    """
    try:
        return adviser.advise(sent)
    except Exception as error:  # whatever was pasted gets a page; the log is told as the service itself tells it
        _log.error("unforeseen %s", what_and_where(error))
        raise refused("The service failed on this request. Nothing was stored.", status=422) from None


def advised(sent: Json, adviser: Adviser, services: Sequence[Service]) -> Advised:
    """A request with all that a page shows of it.

    Raises:
        Problem: the service failed on it; nothing of the fault is told.
    """
    advice = advice_on(sent, adviser)
    decision = document(advice.decision)
    stands = tuple(_stands(standings(s, adviser.knowledge)) for s in advice.decision.sessions)
    service, objection = _objection(sent, services)
    return Advised(
        request=sent,
        answer=response(advice.said),
        decision=decision,
        chart=timeline(sent, decision, adviser.vocabulary.terminology),
        picture=Markup(picture(decision, linked=True)),  # noqa: S704 - an XML writer escapes all text
        sessions=session_views(decision),
        standings=stands,
        unread=unread_table(decision),
        service=service,
        objection=objection,
    )


def _stands(found: tuple[Standing, ...]) -> tuple[Stand, ...]:
    out = []
    for territory in Territory:
        mine = tuple(s for s in found if s.territory is territory)
        silent = territory is not Territory.ILIAC and len({s.reasons for s in mine}) == 1
        otherwise = mine[0].reasons[0].text if silent else ""
        name = territory.value.replace("-", " ")
        out.append(Stand(territory=name, codes=len(mine), rows=() if silent else mine, otherwise=otherwise))
    return tuple(out)


def _objection(sent: Json, services: Sequence[Service]) -> tuple[str, str]:
    """The service that serves the request's hook, and why it would refuse the request; both may be empty."""
    serving = [s for s in services if s.hook == sent.get("hook")]
    if not serving:
        hooks = ", ".join(s.hook for s in services)
        return "", f"It names no hook that is served here ({hooks})."
    try:
        check_envelope(sent, serving[0])
    except Problem as problem:
        return serving[0].id, f"The service would answer {problem.status}: {problem}"
    try:
        check_needed(sent, serving[0])
    except Problem as problem:
        return serving[0].id, f"To what was sent alone the service would answer {problem.status}: {problem}"
    return serving[0].id, ""
