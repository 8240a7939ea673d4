"""Layouts of notes: the same work as a line, as prose, under headings, as a table, a list, a form or a letter.

Every layout gives blocks, which stand a blank line apart. A vessel has its side beside it or in its heading.
"""

from collections.abc import Callable, Sequence
from random import Random

from cds_service.coding.anatomy import Lesion, Side, Treatment
from tests.narrative.wordings import (
    LONG,
    NOUN_ACTS,
    SHORT,
    Work,
    a_noun,
    act,
    capital,
    noun,
    place,
    predicate,
    short_act,
    short_place,
)

Layout = Callable[[Sequence[Work], Random], list[str]]


def shorthand(works: Sequence[Work], random: Random) -> list[str]:
    arrow = random.choice((" -> ", ": ", " - ", ", "))
    rows = [f"{short_place(w, random)} {noun(w, random)}{arrow}{short_act(w, random)}" for w in works]
    return [random.choice((". ", "; ", "\n")).join(rows) + "."]


def prose(works: Sequence[Work], random: Random) -> list[str]:
    return [" ".join(_told(w, random) for w in works)]


def _told(work: Work, random: Random) -> str:
    where, done = place(work, random), act(work, random)
    ways = [
        f"The {where} {predicate(work, random)}. It {done}.",
        f"{capital(a_noun(work, random))} of the {where} was found. This {done}.",
        f"The {where} {predicate(work, random)} and {done}.",
        f"There was {a_noun(work, random)} in the {where}; the lesion {done}.",
    ]
    if work.treatment is not None:
        name = random.choice(NOUN_ACTS[work.treatment])
        state = "occluded" if work.lesion is Lesion.OCCLUSION else "stenosed"
        ways.append(f"{name} of the {state} {where} was performed.")
        ways.append(f"{name} was performed for {a_noun(work, random)} of the {where}.")
    return random.choice(ways)


def findings_then_procedure(works: Sequence[Work], random: Random) -> list[str]:
    found, done = random.choice(
        (("FINDINGS:", "PROCEDURE:"), ("Findings", "Procedure details"), ("ANGIOGRAPHY:", "INTERVENTION:"))
    )
    lines = [f"The {place(w, random)} {predicate(w, random)}." for w in works]
    acts = [f"The {place(w, random)} {act(w, random)}." for w in works]
    break_at = random.choice(("\n", " "))
    return [f"{found}\n{break_at.join(lines)}", f"{done}\n{break_at.join(acts)}"]


def paragraphs(works: Sequence[Work], random: Random) -> list[str]:
    return [f"{capital(place(w, random))}: {capital(noun(w, random))}. {capital(_it(w, random))}." for w in works]


def _it(work: Work, random: Random) -> str:
    return random.choice((f"It {act(work, random)}", f"The lesion {act(work, random)}", short_act(work, random)))


def by_leg(works: Sequence[Work], random: Random) -> list[str]:
    """A heading for each leg, and under it the vessels without their side."""
    heading = random.choice(("{0} LEG", "{0} LEG:", "{0} SIDE", "{1} leg:", "{1} side"))
    mark, between = random.choice(("- ", "", "* ")), random.choice((": ", " - "))
    out = []
    for side in Side:
        own = [w for w in works if w.side is side]
        rows = [
            f"{mark}{random.choice(SHORT[w.vessel])}{between}{noun(w, random)}, {short_act(w, random)}" for w in own
        ]
        out += ["\n".join([heading.format(side.value.upper(), capital(side.value)), *rows])] if own else []
    return out


def _cells(works: Sequence[Work], random: Random) -> list[list[str]]:
    """A header and a row for each vessel; its side in a column of its own or beside the vessel."""
    if random.random() < 0.5:
        rows = [["Side", "Vessel", "Lesion", "Treatment"]]
        for w in works:
            rows.append([capital(w.side.value), random.choice(SHORT[w.vessel]), noun(w, random), short_act(w, random)])
        return rows
    head = [["Vessel", "Finding", "Treatment"]]
    return head + [[short_place(w, random), noun(w, random), short_act(w, random)] for w in works]


def pipe_table(works: Sequence[Work], random: Random) -> list[str]:
    rows = _cells(works, random)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if random.random() < 0.5:
        lines.insert(1, "|" + "---|" * len(rows[0]))
    return ["\n".join(lines)]


def tab_table(works: Sequence[Work], random: Random) -> list[str]:
    return ["\n".join("\t".join(row) for row in _cells(works, random))]


def aligned_table(works: Sequence[Work], random: Random) -> list[str]:
    rows = _cells(works, random)
    widths = [max(len(row[i]) for row in rows) + 3 for i in range(len(rows[0]))]
    return ["\n".join("".join(c.ljust(n) for c, n in zip(row, widths, strict=True)).rstrip() for row in rows)]


def numbered(works: Sequence[Work], random: Random) -> list[str]:
    heading = random.choice(("PROCEDURE PERFORMED:", "Procedures:", "Interventions"))
    rows = []
    for number, w in enumerate(works, start=1):
        if w.treatment is None:
            said = f"{capital(a_noun(w, random))} of the {place(w, random)} was not treated."
        else:
            said = f"{random.choice(NOUN_ACTS[w.treatment])} of {place(w, random)} for {noun(w, random)}."
        rows.append(f"{number}. {said}")
    return ["\n".join([heading, *rows])]


def form(works: Sequence[Work], random: Random) -> list[str]:
    """One block a vessel, with boxes ticked."""
    out = []
    for w in works:
        lines = [
            f"Vessel: {capital(place(w, random))}",
            f"Lesion: {_box(w.lesion is Lesion.STENOSIS)} stenosis {_box(w.lesion is Lesion.OCCLUSION)} occlusion",
            f"Balloon: {_box(w.treatment is Treatment.ANGIOPLASTY)} yes {_box(w.treatment is not Treatment.ANGIOPLASTY)} no",
            f"Stent: {_box(w.treatment is Treatment.STENT)} yes {_box(w.treatment is not Treatment.STENT)} no",
        ]
        out.append("\n".join(lines))
    return out


def _box(ticked: bool) -> str:
    return "[x]" if ticked else "[ ]"


def letter(works: Sequence[Work], random: Random) -> list[str]:
    opening = random.choice(
        (
            "Thank you for referring this patient, whom I treated today.",
            "I was pleased to treat your patient this morning.",
        )
    )
    body = " ".join(f"The {place(w, random)} {predicate(w, random)}, and this {act(w, random)}." for w in works)
    return ["Dear colleague,", f"{opening} {body}", "With kind regards"]


def one_sentence(works: Sequence[Work], random: Random) -> list[str]:
    """All in one sentence, each vessel with its own words."""
    parts = []
    for w in works:
        lesion = "occluded" if w.lesion is Lesion.OCCLUSION else random.choice(("stenosed", "stenotic"))
        done = {Treatment.STENT: "was stented", Treatment.ANGIOPLASTY: "was ballooned", None: "was left untreated"}[
            w.treatment
        ]
        parts.append(f"the {lesion} {w.side.value} {random.choice(LONG[w.vessel])} {done}")
    return [capital(", ".join(parts[:-1]) + (" and " if parts[1:] else "") + parts[-1]) + "."]


LAYOUTS: dict[str, Layout] = {
    f.__name__: f
    for f in (
        shorthand,
        prose,
        findings_then_procedure,
        paragraphs,
        by_leg,
        pipe_table,
        tab_table,
        aligned_table,
        numbered,
        form,
        letter,
        one_sentence,
    )
}
