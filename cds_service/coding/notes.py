"""What is right to code and still worth knowing: hints that never change a line."""

from dataclasses import dataclass

from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import Session
from cds_service.coding.lines import Line, outpatient_lithotripsy


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A hint with the rule it rests on."""

    rule: str
    codes: tuple[str, ...]
    text: str


def notes_on(session: Session, lines: tuple[Line, ...], knowledge: Knowledge) -> tuple[Note, ...]:
    """R-MUE, the choice among equals (R-RANK), and outpatient lithotripsy (R-SEPARATE)."""
    return (*_mue(lines, knowledge), *_ties(lines), *_lithotripsy(session, lines))


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
        "For a Medicare hospital outpatient C9764 to C9767 are still priced beside this code; "
        "check which the contractor takes."
    )
    codes = sorted({x.code for x in lines if outpatient_lithotripsy(x.role, session)})
    return [Note(rule="R-SEPARATE", codes=(c,), text=text) for c in codes]
