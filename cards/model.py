"""Card, Suggestion, Action, Source and override reasons of CDS Hooks 2.0.1, with its invariants on construction.

Knows the specification (cds-hooks.hl7.org/STU2) and nothing of coding. Absent fields are left out, never null.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_SUMMARY = 139
INDICATORS = ("info", "warning", "critical")


class CardError(ValueError):
    """A card would break the specification; the message names the invariant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a card comes from. `topic` is a Coding."""

    label: str
    topic: Mapping[str, str]
    url: str = ""

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = pruned({"label": self.label, "url": self.url, "topic": dict(self.topic)})
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One FHIR action: create and update carry a whole resource, delete a relative resourceId (cds-resp-2)."""

    type: str
    description: str
    resource: Mapping[str, Any] = field(default_factory=dict)
    resource_id: str = ""

    def __post_init__(self) -> None:
        if self.type not in ("create", "update", "delete"):
            raise CardError(f"action.type is {self.type!r}")
        if not self.description:
            raise CardError("an action needs a description (cds-resp-5)")
        if self.type == "delete" and (self.resource or not self.resource_id):
            raise CardError("a delete action has a resourceId and no resource (cds-resp-2)")
        if self.type != "delete" and not self.resource.get("resourceType"):
            raise CardError(f"a {self.type} action carries a whole resource")
        if self.type == "update" and not self.resource.get("id"):
            raise CardError("the resource of an update has an id")

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"type": self.type, "description": self.description}
        if self.resource_id:
            out["resourceId"] = self.resource_id
        if self.resource:
            out["resource"] = dict(self.resource)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One complete alternative; its actions are carried out together or not at all."""

    label: str
    uuid: str
    actions: tuple[Action, ...]
    recommended: bool = False

    def __post_init__(self) -> None:
        if not self.label or not self.actions:
            raise CardError("a suggestion needs a label and actions")

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"label": self.label, "uuid": self.uuid}
        if self.recommended:
            out["isRecommended"] = True
        return {**out, "actions": [a.to_json() for a in self.actions]}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideReason:
    """A Coding with its display, which the specification requires (cds-resp-4)."""

    code: str
    system: str
    display: str

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "system": self.system, "display": self.display}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to a public page: type absolute, never a launch."""

    label: str
    url: str

    def __post_init__(self) -> None:
        if not self.label or not self.url.startswith("https://"):
            raise CardError("a link needs a label and an absolute https address")

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "url": self.url, "type": "absolute"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card. `selection` is needed with suggestions (cds-resp-6); `extension` keys are reverse-domain names."""

    uuid: str
    summary: str
    indicator: str
    source: Source
    detail: str
    suggestions: tuple[Suggestion, ...] = ()
    selection: str = "at-most-one"
    links: tuple[Link, ...] = ()
    overrides: tuple[OverrideReason, ...] = ()
    extension: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.summary or len(self.summary) > MOST_SUMMARY or "\n" in self.summary:
            raise CardError(
                f"summary has {len(self.summary)} characters; it must have 1 to {MOST_SUMMARY}, on one line"
            )
        if self.indicator not in INDICATORS:
            raise CardError(f"indicator is {self.indicator!r}")
        if self.selection not in ("at-most-one", "any"):
            raise CardError(f"selectionBehavior is {self.selection!r}")
        if self.selection == "at-most-one" and sum(s.recommended for s in self.suggestions) > 1:
            raise CardError("at-most-one allows one recommended suggestion (cds-resp-1)")

    def to_json(self) -> dict[str, Any]:
        """The card as JSON-ready data, summary first."""
        out: dict[str, Any] = {
            "uuid": self.uuid,
            "summary": self.summary,
            "indicator": self.indicator,
            "detail": self.detail,
            "source": self.source.to_json(),
        }
        if self.suggestions:
            out["suggestions"] = [s.to_json() for s in self.suggestions]
            out["selectionBehavior"] = self.selection
        if self.links:
            out["links"] = [x.to_json() for x in self.links]
        if self.overrides:
            out["overrideReasons"] = [o.to_json() for o in self.overrides]
        if self.extension:
            out["extension"] = pruned(dict(self.extension))
        return out


def pruned(value: Any) -> Any:
    """The value without nulls and without empty strings, lists and objects, which CDS Hooks forbids."""
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [v for x in value if not _empty(v := pruned(x))]
    if isinstance(value, Mapping):
        return {k: v for k, x in value.items() if not _empty(v := pruned(x))}
    return value


def _empty(value: Any) -> bool:
    return not value and (value is None or value in ("", [], {}))
