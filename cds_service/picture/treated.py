"""What a session of the decision document has to show: places with their lesions, treatments and codes.

Knows the keys of the public document. A side or an artery it does not know is never guessed: it goes to the list of
what has no recorded place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.coding.anatomy import Side, Vessel

_ROLES = {"R-RANK": "initial", "R-PAIR": "additional", "R-SEPARATE": "beside it", "R-DATE": "2011 family"}
_SIDES, _VESSELS = {s.value: s for s in Side}, {v.value: v for v in Vessel}
_BOTH_LEGS = "50"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of a place; `role` is empty where its rules tell none, `shared_by` counts the places of its line."""

    code: str
    modifiers: tuple[str, ...]
    units: int
    role: str
    shared_by: int
    open: bool

    @property
    def said(self) -> str:
        return "-".join((self.code, *self.modifiers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A treated artery. `side` and `vessel` are None where the picture has no place for what the record says."""

    key: str
    side: Side | None
    vessel: Vessel | None
    name: str
    lesions: tuple[str, ...]
    treatments: tuple[str, ...]
    codes: tuple[Code, ...]
    open: bool

    @property
    def title(self) -> str:
        """Everything about the place in one sentence, for a reader who does not see the picture."""
        codes = ", ".join(
            f"{c.said}{f' ({c.role})' if c.role else ''}{', under review' if c.open else ''}" for c in self.codes
        )
        doubt = ", a question is open" if self.open and not any(c.open for c in self.codes) else ""
        return (
            f"{self.name}: lesion {' and '.join(self.lesions)}, treatment {' and '.join(self.treatments)}, "
            f"{codes or 'no code of its own'}{doubt}"
        )


def place_of(fact: Mapping[str, Any]) -> str:
    """The key of the place of a treated fact, a line or a question, the same in picture, chart and cards."""
    parts = (fact.get("side"), fact.get("vessel"))
    side, vessel = ((p if isinstance(p, str) else "unknown") for p in parts)
    return f"{side}-{vessel}"


def places_of(session: Mapping[str, Any]) -> list[Place]:
    """The places of a session in the order the record tells them; lines of no treated place come last."""
    facts: dict[str, list[Mapping[str, Any]]] = {}
    for fact in session["treated"]:
        facts.setdefault(place_of(fact), []).append(fact)
    asked = {place_of(q) for q in session["questions"]}
    shown: set[int] = set()
    places = []
    for key, group in facts.items():
        mine = [i for i, line in enumerate(session["lines"]) if key in _keys(line)]
        shown.update(mine)
        places.append(_place(key, group, [session["lines"][i] for i in mine], asked=key in asked))
    rest = [line for i, line in enumerate(session["lines"]) if i not in shown]
    return [*places, *(_place(f"line-{line['code']}", [line], [line], asked=False) for line in rest)]


def _keys(line: Mapping[str, Any]) -> Iterator[str]:
    sides = list(_SIDES) if _BOTH_LEGS in line["modifiers"] else [line["side"]]
    for side in sides:
        for vessel in line["vessels"] or [None]:
            yield place_of({"side": side, "vessel": vessel})


def _place(key: str, facts: list[Mapping[str, Any]], lines: list[Mapping[str, Any]], *, asked: bool) -> Place:
    first = facts[0]
    side, vessel = _known(_SIDES, first.get("side")), _known(_VESSELS, first.get("vessel"))
    codes = tuple(_code(line) for line in lines)
    return Place(
        key=key,
        side=side,
        vessel=vessel,
        name=_name(first),
        lesions=_said(f.get("lesion") for f in facts),
        treatments=_said(f.get("treatment") for f in facts),
        codes=codes,
        open=asked or any(c.open for c in codes),
    )


def _known(names: Mapping[str, Any], value: object) -> Any:
    return names.get(value) if isinstance(value, str) else None


def _name(fact: Mapping[str, Any]) -> str:
    side = fact.get("side") or "side not recorded"
    artery = fact.get("vessel") or " ".join(str(v) for v in fact.get("vessels", ()))
    if artery:
        return f"{side} {artery}".replace("-", " ")
    return f"{side} {fact.get('territory') or ''}, artery not recorded".replace("-", " ").replace(" ,", ",")


def _said(values: Iterator[Any]) -> tuple[str, ...]:
    found = dict.fromkeys(str(v).replace("-", " ") if v else "not recorded" for v in values)
    return tuple(v for v in found if v != "not recorded" or len(found) == 1)


def _code(line: Mapping[str, Any]) -> Code:
    role = next((_ROLES[r] for r in line["rules"] if r in _ROLES), "")
    return Code(
        code=line["code"],
        modifiers=tuple(line["modifiers"]),
        units=line["units"],
        role=role,
        shared_by=len(line["vessels"]),
        open=line["status"] != "supported",
    )
