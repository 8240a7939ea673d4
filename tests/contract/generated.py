"""Charts made up at random from a seed: up to four services, some facts left out, with or without a draft."""

import random
from typing import Any

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
    charge,
    claim,
    request,
    snomed,
    treated,
)

VESSELS = (COMMON, EXTERNAL, INTERNAL)
FAMILY = [str(c) for c in range(37254, 37263)]


def generated(seed: int) -> dict[str, Any]:
    """A chart of up to four services, some facts left out, with or without a draft."""
    pick = random.Random(seed)
    acts = [
        treated(
            f"p{i}",
            pick.choice((STENT, BALLOON)),
            pick.choice(VESSELS),
            pick.choice((RIGHT, LEFT)),
            pick.choice((STENOSIS, OCCLUSION, STENOSIS, OCCLUSION, None)),
        )
        for i in range(pick.randint(0, 4))
    ]
    kind = pick.choice(("none", "items", "claim"))
    rows = [(pick.choice(FAMILY), pick.choice(("RT", "LT")), pick.randint(1, 2)) for _ in range(pick.randint(0, 4))]
    if kind == "none":
        return request(*acts)
    if kind == "items":
        return request(*acts, drafts=tuple(charge(f"c{i}", c, m, units=u) for i, (c, m, u) in enumerate(rows)))
    return request(*acts, drafts=(claim("k", *[(c, [m], u) for c, m, u in rows]),))


ARTERIES = (*VESSELS, "7657000", "181349008", "43899006", "68053000", "13363002")
CODES = [*map(str, range(37254, 37300)), "37220", "37222", "36245", "0238T", "99214", "75710"]
MODIFIERS = ("RT", "LT", "50", "59", "25", "51", "XS")


def crowded(seed: int) -> dict[str, Any]:
    """Up to nine services in all territories of both legs, contradictions, eight draft lines of any sort, edits told."""
    pick = random.Random(seed)
    acts = [
        treated(
            f"p{i}",
            pick.choice((STENT, BALLOON)),
            pick.choice(ARTERIES),
            pick.choice((RIGHT, LEFT)),
            pick.choice((STENOSIS, OCCLUSION, None)),
        )
        for i in range(pick.randint(0, 9))
    ]
    if acts and pick.random() < 0.3:
        acts[0]["reasonCode"] = [snomed(STENOSIS), snomed(OCCLUSION)]
    drafts = tuple(
        charge(
            f"c{i}",
            pick.choice(CODES if pick.random() < 0.3 else FAMILY),
            *pick.sample(MODIFIERS, pick.choice((0, 1, 1, 1, 2))),
            units=pick.choice((1, 1, 1, 2, 3)),
        )
        for i in range(pick.randint(0, 8))
    )
    sent = request(*acts, drafts=None if pick.random() < 0.3 else drafts)
    if pick.random() < 0.3:
        sent["extension"] = {"org.iliac-cds.claim-edits": [["37257", "75710"], ["37254", pick.choice(CODES)]]}
    return sent


CHARTS = [generated(seed) for seed in range(400)]
CROWDED = [crowded(seed) for seed in range(250)]
