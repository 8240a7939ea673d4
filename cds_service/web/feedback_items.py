"""Feedback as clients send it: CDS Hooks 2.0.1, what 3.0 adds (cds-fb-1 to 3), and Epic's `overrideReasons`.

Knows the wire form and what of it may be kept: ids, times and codes. Comments and free text end here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cards.reasons import offered_reasons, speaks_for_its_reader_alone
from cds_service.problems import Issue
from cds_service.stores.records import Feedback, OverrideReason

MOST_SUGGESTIONS = 100
MOST_ID = 200
UNRECOGNIZED = OverrideReason(code="(not a code)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_ID)]


def _moment(value: object) -> datetime:
    """An RFC 3339 time in UTC; a leap second counts as the one before it."""
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            day, minute, second, fraction, zone = found.groups()
            second = "59" if second == "60" else second
            written = f"{day}T{minute}:{second}{fraction or ''}{zone.upper()}"
            return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("moment", "must be a time of RFC 3339 such as 2026-03-05T14:30:00Z")


class _Wire(BaseModel):
    """What is not known is ignored; what is known is not converted."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Coding(_Wire):
    code: str | None = None
    system: str | None = None
    display: str | None = None


class _Suggestion(_Wire):
    id: _Id


class _Reason(_Wire):
    reason: _Coding | None = None
    comment: str | None = Field(default=None, alias="userComment")
    extension: dict[str, Any] | None = None


def _says_something(reason: _Reason | None) -> _Reason | None:
    """cds-fb-3; an extension may hold what the specification has no field for."""
    if reason is not None and reason.reason is None and not reason.comment and not reason.extension:
        raise PydanticCustomError("cds-fb-3", "needs a reason or a userComment (cds-fb-3)")
    return reason


class _Item(_Wire):
    card: _Id
    outcome: Literal["accepted", "overridden"]
    at: Annotated[datetime, BeforeValidator(_moment)] = Field(alias="outcomeTimestamp")
    accepted: list[_Suggestion] | None = Field(default=None, alias="acceptedSuggestions", max_length=MOST_SUGGESTIONS)
    override: Annotated[_Reason | None, AfterValidator(_says_something)] = Field(default=None, alias="overrideReason")
    overrides: Any = Field(default=None, alias="overrideReasons")


def read_items(
    sent: Sequence[object], *, service: str, issuer: str, received: datetime
) -> tuple[list[Feedback], list[Issue]]:
    """The items that are as they should be, and what is wrong with each of the others."""
    items, faults = [], []
    for number, value in enumerate(sent):
        where = f"feedback[{number}]"
        try:
            item = _Item.model_validate(value)
        except ValidationError as error:
            faults += [_issue(where, e) for e in error.errors(include_url=False, include_input=False)]
            continue
        if item.outcome == "accepted" and not item.accepted:
            text = f"{where}.acceptedSuggestions must name what was accepted (cds-fb-2)."
            faults.append(Issue(code="required", text=text, where=f"{where}.acceptedSuggestions"))
            continue
        items.append(_feedback(item, service=service, issuer=issuer, received=received))
    return items, faults


_TEXTS = {
    "missing": "is missing",
    "literal_error": "must be accepted or overridden (cds-fb-1)",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
    "string_too_long": f"is longer than {MOST_ID} characters",
    "list_type": "must be a list",
    "too_long": f"has more than {MOST_SUGGESTIONS} entries",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}


def _issue(item: str, error: ErrorDetails) -> Issue:
    """One fault; the sender's own words are not repeated."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    ours = error["msg"] if error["type"] in ("moment", "cds-fb-3") else "is not as the specification says"
    code = "required" if error["type"] == "missing" else "invalid"
    return Issue(code=code, text=f"{item}{path} {_TEXTS.get(error['type'], ours)}.", where=f"{item}{path}")


def _feedback(item: _Item, *, service: str, issuer: str, received: datetime) -> Feedback:
    accepted = item.outcome == "accepted"
    reason = None if accepted else _reason(item)
    return Feedback(
        card=item.card,
        service=service,
        issuer=issuer,
        outcome=item.outcome,
        at=item.at,
        received=received,
        suggestions=tuple(s.id for s in item.accepted or ()) if accepted else (),
        reason=reason,
        commented=bool(item.override and item.override.comment) or bool(_epic(item).get("userComment")),
        once_per_reader=reason is not None and bool(reason.system) and speaks_for_its_reader_alone(reason.code),
    )


def _epic(item: _Item) -> Mapping[str, Any]:
    """Epic's `overrideReasons`: an object like `overrideReason`, or a list of which the first counts."""
    value = item.overrides
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def _reason(item: _Item) -> OverrideReason | None:
    """Why: from `overrideReason`, or from Epic's plural, whose reason may stand in an extension by its title."""
    if item.override and item.override.reason:
        coding = item.override.reason
        return _kept(coding.code, coding.system, coding.display)
    extension = item.override.extension if item.override else None
    epic = _epic(item)
    coded = epic.get("reason")
    if isinstance(coded, dict):
        return _kept(*(coded.get(name) for name in ("code", "system", "display")))
    extension = extension or epic.get("extension")
    titles = [v for v in extension.values() if isinstance(v, str)] if isinstance(extension, dict) else []
    return _kept(None, None, titles[0]) if titles else None


def _kept(code: object, system: object, title: object) -> OverrideReason:
    """What of a reason is kept: our coding, told by itself or by its words, another's code, or that it was none."""
    for ours in offered_reasons():
        if (code, system) == (ours.code, ours.system) or (not code and title == ours.display):
            return OverrideReason(code=ours.code, system=ours.system)
    return OverrideReason(code=code) if isinstance(code, str) and _CODE.fullmatch(code) else UNRECOGNIZED
