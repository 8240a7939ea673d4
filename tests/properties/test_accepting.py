"""What is offered with one click mends the draft: accepted and asked again, it is right and nothing more is offered.

Knows ChargeItem and Claim as an EHR keeps them, and the oracle's lines. Knows nothing of how changes are found.
"""

import copy
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    INTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    cards,
    charge,
    claim,
    encounter,
    request,
    treated,
)  # fmt: skip
from tests.properties.oracle import fact, lines_due

PLACES = {Vessel.COMMON_ILIAC: COMMON, Vessel.EXTERNAL_ILIAC: EXTERNAL, Vessel.INTERNAL_ILIAC: INTERNAL}
WORKS = {Treatment.STENT: STENT, Treatment.ANGIOPLASTY: BALLOON}
LESIONS = {Lesion.OCCLUSION: OCCLUSION, Lesion.STENOSIS: STENOSIS}
LEGS = {Side.RIGHT: RIGHT, Side.LEFT: LEFT}
DAYS = ("2026-03-04", "2026-03-06", "2026-03-09")
STAY = encounter(period={"start": "2026-03-03", "end": "2026-03-10"})

Item = tuple[str, tuple[str, ...], int, str]
"""A drafted line: code, modifiers, units, day."""


def sat(pick: random.Random) -> tuple[list[dict[str, Any]], list[Item]]:
    """Procedures of one to three days in one or both legs, and the lines that are due for them."""
    acts: list[dict[str, Any]] = []
    due: list[Item] = []
    for day in DAYS[: pick.choice((1, 1, 2, 3))]:
        facts = []
        for side in pick.choice(([Side.RIGHT], [Side.LEFT], [*Side])):
            for vessel in pick.sample(list(PLACES), pick.randint(1, 3)):
                work, lesion = pick.choice(list(WORKS)), pick.choice(list(LESIONS))
                facts.append(fact(vessel, work, lesion, side))
                codes = WORKS[work], PLACES[vessel], LEGS[side], LESIONS[lesion]
                acts.append(treated(f"p{len(acts)}", *codes, performedDateTime=f"{day}T08:10:00-05:00"))
        due += [(x.code, (_leg(x.side),), x.units, day) for x in lines_due(facts)]
    return acts, due


def _leg(side: Side) -> str:
    return "RT" if side is Side.RIGHT else "LT"


def spoiled(lines: Sequence[Item], pick: random.Random, *, unnamed: bool) -> list[Item]:
    """The lines with up to three things wrong with them."""
    out = [*lines]
    for _ in range(pick.choice((0, 1, 1, 2, 3))):
        at = pick.randrange(len(out)) if out else 0
        code, modifiers, units, day = out[at] if out else lines[0]
        match pick.randrange(7):
            case 0 if out:
                out.pop(at)
            case 1 if out:
                out[at] = (str(pick.randint(37254, 37261)), modifiers, units, day)
            case 2 if out:
                out[at] = (code, ("LT" if modifiers == ("RT",) else "RT",), units, day)
            case 3 if out:
                out[at] = (code, modifiers, units + 1, day)
            case 4 if out:
                out[at] = (code, modifiers, units, pick.choice(DAYS))
            case 5 if out and unnamed:
                out[at] = (code, (), units, day)
            case _:
                out.append((code, modifiers, units, day))
    return out


def in_claims(lines: Sequence[Item], *, by_day: bool) -> list[dict[str, Any]]:
    """The lines as items of one Claim, or of one a day."""
    out = []
    for number, days in enumerate([[d] for d in DAYS] if by_day else [[*DAYS]]):
        mine = [x for x in lines if x[3] in days]
        if mine:
            made = claim(f"x{number}", *((code, list(modifiers), units) for code, modifiers, units, _ in mine))
            for item, line in zip(made["item"], mine, strict=True):
                item["servicedDate"] = line[3]
            out.append(made)
    return out


def in_charges(lines: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        charge(f"c{n}", code, *modifiers, units=units, occurrenceDateTime=day, context={"reference": "Encounter/e1"})
        for n, (code, modifiers, units, day) in enumerate(lines)
    ]


def told(drafts: Sequence[dict[str, Any]]) -> Counter[tuple[str, tuple[str, ...], str]]:
    """Units by code, modifiers and day, however they are written."""
    out: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for draft in drafts:
        if draft["resourceType"] == "ChargeItem":
            modifiers = tuple(e["valueCode"] for e in draft.get("extension", ()))
            code, day = draft["code"]["coding"][0]["code"], draft["occurrenceDateTime"]
            out[code, modifiers, day] += draft["quantity"]["value"]
        for item in draft.get("item", ()):
            modifiers = tuple(m["coding"][0]["code"] for m in item.get("modifier", ()))
            code = item["productOrService"]["coding"][0]["code"]
            out[code, modifiers, item["servicedDate"]] += item["quantity"]["value"]
    return out


def accepted(drafts: Sequence[dict[str, Any]], actions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The drafts once an EHR has carried out all actions, each resource touched once at most."""
    kept = {f"{d['resourceType']}/{d['id']}": copy.deepcopy(d) for d in drafts}
    touched: list[str] = []
    for number, action in enumerate(actions):
        if action["type"] == "create":
            kept[f"new/{number}"] = {**action["resource"], "id": f"n{number}-{len(drafts)}"}
            continue
        made = action.get("resource") or {}
        name = action.get("resourceId") or f"{made['resourceType']}/{made['id']}"
        assert name in kept
        touched.append(name)
        del kept[name]
        if made:
            kept[name] = made
    assert len(touched) == len({*touched})
    return [*kept.values()]


def asked(acts: Sequence[dict[str, Any]], drafts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return cards(request(*acts, drafts=tuple(drafts), encounter=STAY))


def suggested(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [a for card in found for s in card.get("suggestions", ()) for a in s["actions"]]


@pytest.mark.parametrize("kept_as", ["charges", "one claim", "a claim a day"])
def test_an_accepted_suggestion_leaves_the_draft_right_and_nothing_to_say(kept_as: str) -> None:
    pick = random.Random(kept_as)
    mended = 0
    for _ in range(150):
        acts, due = sat(pick)
        lines = spoiled(due, pick, unnamed=kept_as != "charges")
        drafts = in_charges(lines) if kept_as == "charges" else in_claims(lines, by_day=kept_as == "a claim a day")
        wanted = told(in_charges(due))
        actions = suggested(asked(acts, drafts))
        after = accepted(drafts, actions)
        assert told(after) == wanted, (due, lines, actions)
        assert asked(acts, after) == [], (due, lines, actions)
        mended += bool(actions)
    assert mended > 80


def test_a_claim_of_each_biller_is_mended_alike() -> None:
    pick = random.Random(6)
    for _ in range(60):
        acts, due = sat(pick)
        lines = spoiled(due, pick, unnamed=False)
        if not lines:
            continue
        first, second = (in_claims(lines, by_day=False)[0] for _ in range(2))
        second |= {"id": "facility"}
        first["type"] = {"coding": [{"code": "professional"}]}
        after = accepted([first, second], suggested(asked(acts, [first, second])))
        assert all(told([d]) == told(in_charges(due)) for d in after), (due, lines)
        assert asked(acts, after) == []


def test_lines_without_a_leg_stand_for_the_legs_that_need_them() -> None:
    acts = [
        treated(f"p{n}", *work, leg, lesion)
        for n, (work, lesion, leg) in enumerate(
            (work, lesion, leg)
            for leg in (RIGHT, LEFT)
            for work, lesion in (((STENT, COMMON), STENOSIS), ((BALLOON, EXTERNAL), OCCLUSION))
        )
    ]
    day = DAYS[0]
    for lines in (
        [("37258", (), 1, day), ("37257", (), 1, day), ("37258", (), 1, day), ("37257", (), 1, day)],
        [("37258", (), 2, day), ("37257", (), 2, day)],
        [("37258", ("RT",), 1, day), ("37257", (), 1, day), ("37258", ("LT",), 1, day), ("37257", ("LT",), 1, day)],
        [
            ("37258", ("RT",), 1, day),
            ("37257", ("RT",), 1, day),
            ("37258", ("LT",), 1, day),
            ("37257", ("LT", "50"), 1, day),
        ],
    ):
        drafts = in_claims(lines, by_day=False)
        after = accepted(drafts, suggested(asked(acts, drafts)))
        assert sorted(told(after).items()) == [((c, (m,), day), 1) for c in ("37257", "37258") for m in ("LT", "RT")]
        assert asked(acts, after) == []


def test_a_charge_of_one_day_is_not_the_claim_line_of_another() -> None:
    acts = [treated(f"p{n}", STENT, COMMON, RIGHT, STENOSIS, performedDateTime=DAYS[n]) for n in range(2)]
    drafts = [*in_claims([("37258", ("RT",), 1, DAYS[0])], by_day=True), *in_charges([("37258", ("RT",), 1, DAYS[1])])]
    assert asked(acts, drafts) == []


def test_what_is_billed_is_left_to_a_person() -> None:
    acts = [treated("p1", STENT, COMMON, RIGHT, STENOSIS)]
    [card] = asked(acts, [charge("c1", "37260", "RT", status="billed", occurrenceDateTime=DAYS[0])])
    assert suggested([card]) == []
    assert "37260" in card["detail"]


def test_a_draft_before_the_family_is_told_the_codes_of_its_time() -> None:
    day = "2025-12-30"
    acts = [treated("p1", STENT, COMMON, RIGHT, STENOSIS, performedDateTime=day)]
    stay = encounter(period={"start": "2025-12-29", "end": "2026-01-02"})
    drafts = in_charges([("37258", ("RT",), 1, day)])
    [card] = cards(request(*acts, drafts=tuple(drafts), encounter=stay))
    assert "The code of that time was 37221" in card["detail"]
    assert accepted(drafts, suggested([card])) == []


def test_retired_codes_of_a_day_without_a_service_are_not_left_beside_the_right_ones() -> None:
    acts = [treated("p1", STENT, COMMON, RIGHT, STENOSIS)]
    drafts = in_claims([("37221", ("RT",), 1, DAYS[0])], by_day=False)
    drafts[0]["item"][0]["servicedDate"] = "2025-12-30"
    after = accepted(drafts, suggested(asked(acts, drafts)))
    assert told(after) == {("37258", ("RT",), DAYS[0]): 1}
    assert asked(acts, after) == []
