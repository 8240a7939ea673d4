"""What truly happened in one or more sessions, drawn from a seed, and what a record that lost some of it still proves.

Knows coding-rules.md through `oracle.py`. A fact whose field was lost, or told in two ways, stands for every way it
may have been; only what holds in all of them is proven. Must not know how the service reads or decides.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from random import Random

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.coding.facts import TreatedVessel
from tests.properties.oracle import ARGUED, TREATMENTS, VESSELS, Due, fact, worlds_of

ILIAC = VESSELS[Territory.ILIAC]
BELOW = (Vessel.COMMON_FEMORAL, Vessel.SUPERFICIAL_FEMORAL, Vessel.POPLITEAL, Vessel.ANTERIOR_TIBIAL)
FIELDS = ("side", "vessel", "treatment", "lesion")
MOST_WAYS = 4000


@dataclass(slots=True, kw_only=True)
class Work:
    """One service as it truly was. `open` are the fields that the record does not settle; `done` False: it adds nothing.

    `by_condition`: its lesion stands in a Condition and nowhere else.
    """

    side: Side
    vessel: Vessel
    treatment: Treatment
    lesion: Lesion
    done: bool = True
    open: set[str] = field(default_factory=set)
    by_condition: bool = False

    @property
    def territory(self) -> Territory:
        return next(t for t, vessels in VESSELS.items() if self.vessel in vessels)

    def fact(self) -> TreatedVessel:
        return fact(self.vessel, self.treatment, self.lesion, self.side)

    def ways(self) -> list[TreatedVessel | None]:
        """Everything this may have been, for one who knows only the record."""
        values = {
            "side": tuple(Side),
            "vessel": VESSELS[self.territory],
            "treatment": TREATMENTS[self.territory],
            "lesion": tuple(Lesion),
        }
        axes = [values[name] if name in self.open else (getattr(self, name),) for name in FIELDS]
        return [fact(v, t, x, s) for s, v, t, x in product(*axes)] + [None] * ("done" in self.open)


@dataclass(slots=True, kw_only=True)
class Sitting:
    """One operative session: `day` and `encounter` as they truly were. `charged` False: no code of it may be asserted."""

    day: str
    encounter: str
    works: list[Work]
    charged: bool = True

    def proven(self, also: Sequence[Work] = ()) -> Counter[Side]:
        """Units of 37257 by leg that the record proves; none where there are too many ways to look at all of them."""
        works = [w for w in (*self.works, *also) if w.done or "done" in w.open]
        return units(proven([w.ways() for w in works])) if self.charged else Counter()

    def due(self) -> Counter[Side]:
        """Units of 37257 by leg that are truly due and that the rules settle."""
        return units(proven([[w.fact()] for w in self.works if w.done])) if self.charged else Counter()


def proven(ways: Sequence[Sequence[TreatedVessel | None]]) -> frozenset[Due]:
    """What is due whichever way each service was, by every reading the rules leave open; territories apart."""
    found: list[Due] = []
    for territory in Territory:
        mine = [w for w in ways if any(f is not None and f.territory is territory for f in w)]
        if not mine or prod(len(w) for w in mine) > MOST_WAYS:
            continue
        worlds = (world for chosen in product(*mine) for world in worlds_of([f for f in chosen if f is not None]))
        found += frozenset.intersection(*worlds)
    return frozenset(found)


def units(dues: Iterable[Due]) -> Counter[Side]:
    return Counter(d.side for d in dues if d.code == ARGUED)


def works_of(random: Random) -> list[Work]:
    """One to five services, most of them in iliac arteries, several in one vessel at times, some never completed."""
    sides = random.choice(([Side.RIGHT], [Side.LEFT], list(Side)))
    out = []
    for _ in range(random.choice((1, 2, 2, 2, 3, 3, 4, 5))):
        vessel = random.choice(ILIAC) if random.random() < 0.85 else random.choice(BELOW)
        out.append(
            Work(
                side=random.choice(sides),
                vessel=vessel,
                treatment=random.choices((Treatment.ANGIOPLASTY, Treatment.STENT), (6, 5))[0],
                lesion=random.choice(tuple(Lesion)),
                done=random.random() < 0.9,
            )
        )
    return out


def due_works(random: Random) -> list[Work]:
    """Works of which 37257 is truly due, so that what is lost can turn a yes into a fault."""
    side = random.choice(tuple(Side))
    first, second = random.sample(ILIAC, 2)
    initial = random.choice(
        (
            (Treatment.STENT, Lesion.STENOSIS),
            (Treatment.STENT, Lesion.OCCLUSION),
            (Treatment.ANGIOPLASTY, Lesion.OCCLUSION),
        )
    )
    out = [
        Work(side=side, vessel=first, treatment=initial[0], lesion=initial[1]),
        Work(side=side, vessel=second, treatment=Treatment.ANGIOPLASTY, lesion=Lesion.OCCLUSION),
    ]
    return random.sample(out, 2)


def near_miss(random: Random) -> list[Work]:
    """A due pair with one field of one service turned: what looks like 37257 and mostly is not."""
    works = due_works(random)
    turned = random.randrange(2)
    work, how = works[turned], random.choice(("side", "vessel", "treatment", "lesion", "done"))
    if how == "done":
        works[turned] = replace(work, done=False)
        return works
    value = {
        "side": work.side.other,
        "vessel": works[1 - turned].vessel,
        "treatment": Treatment.STENT if work.treatment is Treatment.ANGIOPLASTY else Treatment.ANGIOPLASTY,
        "lesion": Lesion.STENOSIS if work.lesion is Lesion.OCCLUSION else Lesion.OCCLUSION,
    }[how]
    works[turned] = replace(work, **{how: value})
    return works


def sitting(random: Random, day: str, encounter: str) -> Sitting:
    made = random.choice((works_of, works_of, due_works, near_miss, near_miss))(random)
    return Sitting(day=day, encounter=encounter, works=made)


def sittings(random: Random) -> Iterator[Sitting]:
    """Mostly one session; at times another day, another encounter of the day, or the last days of the old family."""
    day = random.choice(("2026-03-04", "2026-03-04", "2026-01-01", "2026-12-31"))
    first = sitting(random, day, "e1")
    yield first
    if random.random() < 0.15:
        other = random.choice((("2026-03-05", "e1"), (day, "e2"), ("2026-02-02", "e2")))
        second = sitting(random, *other)
        # The very same work on the next day is taken for one work on a clock that is hours off, and may be.
        if _places(second) != _places(first):
            yield second


def _places(made: Sitting) -> set[tuple[Side, Vessel]]:
    return {(w.side, w.vessel) for w in made.works}


def before_the_family(made: Sitting, random: Random) -> None:
    """R-DATE: the services were done when 37257 did not exist."""
    made.day, made.charged = random.choice(("2025-12-31", "2025-06-01", "2024-02-29")), False
