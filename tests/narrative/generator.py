"""Notes with known truth: clinical facts drawn from a seed, and a note that tells them in one of many layouts.

Knows what a leg can have had done. The same seed gives the same note; `python -m tests.narrative.generator` prints
how many of the notes whose answer is yes are answered so, layout by layout.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from tests.narrative.asides import ASIDES, COMPLETION, access, closure, for_the_other_leg
from tests.narrative.layouts import LAYOUTS
from tests.narrative.scoring import answer
from tests.narrative.wordings import Work
from tests.properties.oracle import ARGUED, fact, lines_due

ILIAC = (Vessel.COMMON_ILIAC, Vessel.EXTERNAL_ILIAC, Vessel.INTERNAL_ILIAC)
FEMORAL = (Vessel.COMMON_FEMORAL, Vessel.SUPERFICIAL_FEMORAL)
SOURCES = ("note", "report", "document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note in blocks, asides `before` and `after` its body; the works it tells; where it stands in a chart."""

    layout: str
    source: str
    before: tuple[str, ...]
    body: tuple[str, ...]
    after: tuple[str, ...]
    works: tuple[Work, ...]

    @property
    def text(self) -> str:
        return "\n\n".join((*self.before, *self.body, *self.after))

    @property
    def units(self) -> int:
        """Units of 37257 that are due, in the opinion of the oracle."""
        done = [fact(w.vessel, w.treatment, w.lesion, w.side) for w in self.works if w.treatment]
        return sum(line.units for line in lines_due(done) if line.code == ARGUED and line.settled)

    def wording(self, text: str | None = None) -> dict[str, Any]:
        return {"source": self.source, "text": self.text if text is None else text}


def works_of(random: Random) -> list[Work]:
    """What was done in one leg or both: one to three iliac arteries, at times work below the groin."""
    sides = random.choice(([Side.RIGHT], [Side.LEFT], [Side.RIGHT], [Side.LEFT], list(Side)))
    out = []
    for side in sides:
        vessels = random.sample(ILIAC, random.choice((1, 2, 2, 2, 3)))
        vessels += random.sample(FEMORAL, random.choice((0, 0, 0, 1)))
        out += [_work(side, v, random) for v in sorted(vessels, key=list(Vessel).index)]
    return out if any(w.treatment for w in out) else works_of(random)


def _work(side: Side, vessel: Vessel, random: Random) -> Work:
    done = random.choices((Treatment.ANGIOPLASTY, Treatment.STENT, None), (10, 8, 1))[0]
    return Work(side=side, vessel=vessel, lesion=random.choice(tuple(Lesion)), treatment=done)


def note_of(works: Sequence[Work], layout: str, random: Random) -> Note:
    """The works in a layout, with what notes say beside them."""
    before = [access(works, random)] if random.random() < 0.4 else []
    if random.random() < 0.5:
        before.insert(0, random.choice(ASIDES))
    after = [random.choice(COMPLETION)] if random.random() < 0.4 else []
    if random.random() < 0.4:
        after.append(closure(works, random))
    if random.random() < 0.3:
        after.append(_last_word(works, random))
    return Note(
        layout=layout,
        source=random.choice(SOURCES),
        before=tuple(before),
        body=tuple(LAYOUTS[layout](works, random)),
        after=tuple(after),
        works=tuple(works),
    )


def _last_word(works: Sequence[Work], random: Random) -> str:
    sides = {w.side for w in works}
    if len(sides) == 1 and random.random() < 0.5:
        return for_the_other_leg(next(iter(sides)), random)
    return random.choice(ASIDES)


def note(seed: int) -> Note:
    """The note of a seed."""
    random = Random(seed)
    layout = random.choice(tuple(LAYOUTS))
    return note_of(works_of(random), layout, random)


def notes_due(count: int) -> list[Note]:
    """So many notes whose answer is yes, every layout as often."""
    out: list[Note] = []
    names = tuple(LAYOUTS)
    seed = 0
    while len(out) < count:
        random = Random(f"due {seed}")
        seed += 1
        layout = names[len(out) % len(names)]
        made = note_of(works_of(random), layout, random)
        if made.units:
            out.append(made)
    return out


def recall(notes: Sequence[Note]) -> tuple[dict[str, tuple[int, int]], list[tuple[Note, str, int]]]:
    """By layout how many were answered yes of how many, and those that were not, or not with all units."""
    asked, right, missed = Counter[str](), Counter[str](), []
    for made in notes:
        verdict, units = answer(made.wording())
        asked[made.layout] += 1
        right[made.layout] += verdict == "yes"
        if verdict != "yes" or units != made.units:
            missed.append((made, verdict, units))
    return {name: (right[name], asked[name]) for name in asked}, missed


if __name__ == "__main__":
    table, missed = recall(notes_due(int(sys.argv[1])))
    for name, (yes, all_) in table.items():
        print(f"{name}: {yes} of {all_}")
    for made, verdict, units in missed:
        print(f"\n=== {made.layout} {made.source}: {verdict} {units}, due {made.units}\n{made.text}")
