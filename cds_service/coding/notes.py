"""What is right to code and still worth knowing: hints that never change a line."""

from dataclasses import dataclass

from cds_service.coding.anatomy import Role, Side
from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import Session
from cds_service.coding.lines import Line, Status, outpatient_lithotripsy

_BYPASS = frozenset({"59", "XE", "XP", "XS", "XU"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A hint with the rule it rests on."""

    rule: str
    codes: tuple[str, ...]
    text: str


def notes_on(session: Session, lines: tuple[Line, ...], knowledge: Knowledge) -> tuple[Note, ...]:
    """R-MUE, the choice among equals (R-RANK), outpatient lithotripsy (R-SEPARATE), both legs and edits (R-MOD)."""
    return (
        *_mue(lines, knowledge),
        *_ties(lines),
        *_lithotripsy(session, lines),
        *_both_legs(lines),
        *_edits(session, lines, knowledge),
    )


def _mue(lines: tuple[Line, ...], knowledge: Knowledge) -> list[Note]:
    """R-MUE: more units of a code on one date than its edit value; right to code, and best documented per vessel."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.code] = units.get(line.code, 0) + line.units
    over = [c for c, total in sorted(units.items()) if (mue := knowledge.codes[c].mue) is not None and total > mue]
    if not over:
        return []
    counted = " and ".join(f"{units[c]} units of {c} (edit value {knowledge.codes[c].mue})" for c in over)
    text = f"{counted} on one date exceed the medically unlikely edit. Code what was done; name each vessel and leg."
    return [Note(rule="R-MUE", codes=tuple(over), text=text)]


def _ties(lines: tuple[Line, ...]) -> list[Note]:
    text = "Two vessels share the highest rank; either may be the initial one. The proximal vessel was chosen."
    return [Note(rule="R-RANK", codes=(line.code,), text=text) for line in lines if line.tie]


def _lithotripsy(session: Session, lines: tuple[Line, ...]) -> list[Note]:
    text = (
        "For a Medicare hospital outpatient C9764 to C9767 are still in use beside this code; "
        "check which the contractor takes."
    )
    codes = sorted({x.code for x in lines if outpatient_lithotripsy(x.role, session)})
    return [Note(rule="R-SEPARATE", codes=(c,), text=text) for c in codes]


def _both_legs(lines: tuple[Line, ...]) -> list[Note]:
    """R-MOD: an add-on in both legs is listed by leg; no source settles how Medicare wants it."""
    legs: dict[str, set[Side | None]] = {}
    for line in lines:
        if line.role is Role.ADDITIONAL and line.status is Status.SUPPORTED:
            legs.setdefault(line.code, set()).add(line.side)
    text = "{code} stands once for each leg; Medicare may want one line with modifier 50: check with the payer."
    both = sorted(code for code, sides in legs.items() if set(Side) <= sides)
    return [Note(rule="R-MOD", codes=(code,), text=text.format(code=code)) for code in both]


def _edits(session: Session, lines: tuple[Line, ...], knowledge: Knowledge) -> list[Note]:
    """R-MOD: 59 and its kin bypass an edit, so they are named only where somebody says that an edit applies."""
    present = {x.code for x in lines} | {d.code for d in session.draft}
    told = [pair for pair in session.edits if pair & knowledge.family and pair & present]
    notes = []
    for pair in sorted(told, key=sorted):
        names = " and ".join(sorted(pair))
        text = (
            f"An edit between {names} was reported. 59, or XS where the payer takes it, is for a distinct vessel or "
            "session that the record shows."
        )
        notes.append(Note(rule="R-MOD", codes=tuple(sorted(pair)), text=text))
    covered = {code for pair in told for code in pair}
    carried = {d.code for d in session.draft if _BYPASS & set(d.modifiers) and d.code in knowledge.family} - covered
    text = "{code} is drafted with a modifier that bypasses an edit; none was reported. Check what it is for."
    return [*notes, *(Note(rule="R-MOD", codes=(c,), text=text.format(code=c)) for c in sorted(carried))]
