"""What a client can carry out: the standard's suggestions, Epic's single actions, or none but a text.

Knows clients by their documented limits (Epic: CDS Hooks page of fhir.epic.com; Oracle: Millennium ChargeItem $create).
Knows actions as they are, not why they were suggested.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cards.model import Action, Suggestion

NAMES = ("standard", "epic", "oracle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of client. `carries_out` are (action type, resource type) pairs, None for all of them.

    `one_each`: every suggestion holds one action, and the action's description is what its user sees.
    `posts_charges`: charges are created by a request of the client's own, which the card offers ready to send.
    """

    name: str
    selection: str = "at-most-one"
    one_each: bool = False
    carries_out: frozenset[tuple[str, str]] | None = None
    posts_charges: bool = False

    def suggestions(self, label: str, actions: Sequence[Action], key: Callable[[str], str]) -> tuple[Suggestion, ...]:
        """The suggestions this client can carry out in full; none where a part of the change would be left undone.

        `key` makes a suggestion's uuid from its words. Actions that stand only together are never offered singly.
        """
        if not actions or not all(self._can(a) for a in actions):
            return ()
        if not self.one_each:
            return (Suggestion(label=label, uuid=key(label), actions=tuple(actions)),)
        if len(actions) > 1 and any(a.type != "delete" for a in actions):
            return ()
        return tuple(Suggestion(label=a.description, uuid=key(a.description), actions=(a,)) for a in actions)

    def _can(self, action: Action) -> bool:
        if self.carries_out is None:
            return True
        kind = action.resource_id.split("/")[0] if action.type == "delete" else action.resource.get("resourceType")
        return (action.type, str(kind)) in self.carries_out


_ORDERS = ("MedicationRequest", "ServiceRequest")
_PROFILES = (
    Profile(name="standard"),
    Profile(
        name="epic",
        selection="any",
        one_each=True,
        carries_out=frozenset({*((t, o) for t in ("create", "delete") for o in _ORDERS), ("create", "Condition")}),
    ),
    Profile(name="oracle", carries_out=frozenset(), posts_charges=True),
)


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ValueError: there is none; the message names those there are.
    """
    found = next((p for p in _PROFILES if p.name == name), None)
    if found is None:
        raise ValueError(f"there is no client profile {name!r}; there are {', '.join(NAMES)}")
    return found
