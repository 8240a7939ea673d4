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


CHARTS = [generated(seed) for seed in range(400)]
