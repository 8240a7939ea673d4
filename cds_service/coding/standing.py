"""Why this code, why not that one: where every code of the family stands in a decided session.

Knows the lines, the readings and what the codes stand for. The answer on 37257 is the argued one, word for word; a
code that no line has is answered by the step of the rules that led elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cds_service.coding.anatomy import Role, Territory
from cds_service.coding.answer import SEVERAL_LESIONS, Verdict, Why, open_points, too_early, vessel_name
from cds_service.coding.codes import ARGUED, CodeRow, Knowledge
from cds_service.coding.decision import SessionDecision
from cds_service.coding.facts import Timing, TreatedVessel
from cds_service.coding.lines import Line, Status, family_applies, outpatient_lithotripsy
from cds_service.coding.worlds import Readings, read_all

_DONE = {
    "angioplasty": "a balloon only",
    "stent": "a stent",
    "atherectomy": "atherectomy",
    "stent-atherectomy": "a stent and atherectomy",
    "lithotripsy": "lithotripsy",
}
_RANKED = (Role.INITIAL, Role.ADDITIONAL)
_Steps = list[tuple[str, str]]


class Stance(StrEnum):
    """Where a code stands: a supported line, open (a line or a reading has it), or neither."""

    SUPPORTED = "supported"
    REVIEW = "review"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One code of the family. `on_a_line` tells whether `reasons` say why (True) or why not (False)."""

    code: str
    territory: Territory
    stance: Stance
    on_a_line: bool
    reasons: tuple[Why, ...]


def standings(decided: SessionDecision, knowledge: Knowledge) -> tuple[Standing, ...]:
    """Every code of the 2026 family in order of its number."""
    case = _Case(decided, knowledge)
    return tuple(case.standing(knowledge.codes[code]) for code in sorted(knowledge.family))


class _Case:
    """A decided session with its readings, asked about one code after the other."""

    def __init__(self, decided: SessionDecision, knowledge: Knowledge) -> None:
        self._decided, self._session, self._knowledge = decided, decided.session, knowledge
        self._readings: Readings = read_all(decided.session, knowledge)
        self._applies = family_applies(decided.session, knowledge)
        self._was = "was" if decided.session.timing is Timing.PERFORMED else "is to be"

    def standing(self, row: CodeRow) -> Standing:
        """Where one code stands, and the steps that put it there."""
        assert row.territory is not None  # every code of the family has one; validated at load
        lines = [x for x in self._decided.lines if x.code == row.code]
        stance = self._stance(row, lines)
        if row.code == ARGUED and (not lines or stance is Stance.SUPPORTED):
            reasons = self._decided.answer.why
        else:
            steps = [s for x in lines for s in self._for(x)] or self._against(row, stance)
            reasons = tuple(Why(rule=r, text=t, source=self._knowledge.cite(r)) for r, t in dict.fromkeys(steps))
        return Standing(code=row.code, territory=row.territory, stance=stance, on_a_line=bool(lines), reasons=reasons)

    def _stance(self, row: CodeRow, lines: list[Line]) -> Stance:
        if lines:
            return Stance.SUPPORTED if any(x.status is Status.SUPPORTED for x in lines) else Stance.REVIEW
        if row.code == ARGUED:
            return Stance.REVIEW if self._decided.answer.verdict is Verdict.REVIEW else Stance.NOT
        may_be = self._readings.possible_on(row.code, None, row.territory)
        cut = self._session.cut and bool(self._facts(row.territory))
        return Stance.REVIEW if self._applies and (may_be or cut) else Stance.NOT

    def _for(self, line: Line) -> _Steps:
        """Why a line has its code: what was done there, its place in the leg, and what keeps it open."""
        row, name = self._knowledge.codes[line.code], self._name(line)
        if line.role is Role.LITHOTRIPSY:
            steps = [
                ("R-SEPARATE", f"Lithotripsy is recorded in the {name}; it is listed beside the vessel's own code.")
            ]
        else:
            lesion = f", the lesion {self._read_as(line)}" if row.lesion else ""
            steps = [
                ("R-VESSEL", f"The {name} {self._was} treated with {_DONE[row.treatment]}{lesion}."),
                self._place(line),
            ]
        if line.status is Status.REVIEW:
            facts = [f for i, f in enumerate(self._session.treated) if i in line.facts]
            steps += self._open(line.code, facts, line.territory)
        return steps

    def _place(self, line: Line) -> tuple[str, str]:
        leg = [x for x in self._lines(line.territory) if x.shares_leg_with(line) and x is not line]
        initial = next((x for x in leg if x.role is Role.INITIAL), None)
        if line.role is Role.ADDITIONAL and initial is not None:
            allowed = ", ".join(sorted(self._knowledge.initials_for(line.code)))
            return "R-PAIR", f"{line.code} rides with one of {allowed}; the initial code of this leg is {initial.code}."
        if not leg:
            text = f"It is the only {_words(line.territory)} vessel treated in its leg, so it takes the initial code."
            return "R-RANK", text
        if line.tie:
            return "R-RANK", "It ranks equal with another vessel and lies proximal, so it takes the initial code."
        return "R-RANK", "It has the highest-ranked service of its leg, so it takes the initial code."

    def _against(self, row: CodeRow, stance: Stance) -> _Steps:
        """Why no line has a code: the first step of the rules that led elsewhere."""
        assert row.territory is not None
        if not self._applies:
            return [too_early(self._session, self._decided.lines, self._knowledge, row.code)]
        facts = self._facts(row.territory)
        if stance is Stance.REVIEW:
            return [*self._otherwise(row), *self._open(row.code, facts, row.territory)]
        if not any(f.done for f in facts):
            return [("R-DONE", f"No completed treatment of {_a(row.territory)} artery is recorded.")]
        if row.role is Role.LITHOTRIPSY:
            return [
                ("R-SEPARATE", f"No lithotripsy is recorded in {_a(row.territory)} artery beside a code of its own.")
            ]
        return [self._elsewhere(row, self._lines(row.territory))]

    def _elsewhere(self, row: CodeRow, lines: list[Line]) -> tuple[str, str]:
        """What the vessels nearest to a code take instead: same service, then same treatment, then same lesion."""
        rows = [(x, self._knowledge.codes[x.code]) for x in lines]
        for x, other in rows:
            if (other.treatment, other.lesion) == (row.treatment, row.lesion):
                return self._other_role(x)
        for x, other in rows:
            if other.treatment == row.treatment and other.lesion and row.lesion:
                said = f"{self._read_as(x)}, not as {row.lesion.value}"
                return (
                    "R-LESION",
                    f"The {self._name(x)}, treated with {_DONE[row.treatment]}, {said}; it takes {x.code}.",
                )
        for x, other in rows:
            if other.lesion is row.lesion:
                return (
                    "R-VESSEL",
                    f"The {self._name(x)} {self._was} treated with {_DONE[other.treatment]}, so it takes {x.code}.",
                )
        return "R-VESSEL", f"No {_words(row.territory)} artery is recorded as treated with {_DONE[row.treatment]}."

    def _other_role(self, line: Line) -> tuple[str, str]:
        if line.role is Role.ADDITIONAL:
            return "R-RANK", f"The {self._name(line)} is an additional vessel of its leg, so it takes {line.code}."
        leg = [x for x in self._lines(line.territory) if x.shares_leg_with(line)]
        if len(leg) > 1:
            return "R-RANK", f"The {self._name(line)} has its leg's highest rank, so it takes the initial {line.code}."
        name, territory = self._name(line), _words(line.territory)
        return (
            "R-LEG",
            f"The {name} is the only {territory} vessel treated in its leg, so it takes the initial {line.code}.",
        )

    def _otherwise(self, row: CodeRow) -> _Steps:
        lines = [x for x in self._lines(row.territory) if row.code in x.alternatives]
        text = "The {name} is listed as {code}; it would be {other} if what is open went that way."
        return [("R-RANK", text.format(name=self._name(x), code=x.code, other=row.code)) for x in lines]

    def _open(self, code: str, facts: Sequence[TreatedVessel], territory: Territory) -> _Steps:
        """What keeps a code open: doubts about its own vessels, or else about the others of its territory."""
        steps = open_points(self._session, facts, code)
        if len(steps) > len(open_points(self._session, (), code)):
            return steps
        return open_points(self._session, self._facts(territory), code) or [self._unsettled(code, territory)]

    def _unsettled(self, code: str, territory: Territory) -> tuple[str, str]:
        """What keeps a code open though nothing is doubted: the rules, or more readings than are looked at."""
        if outpatient_lithotripsy(self._knowledge.codes[code].role, self._session):
            return (
                "R-SEPARATE",
                "Two code sets for it are in use for a Medicare hospital outpatient; no source settles which.",
            )
        facts = [i for i, f in enumerate(self._session.treated) if f.territory is territory]
        if any(self._readings.asks_about(i) for i in facts):
            return SEVERAL_LESIONS
        return "R-VESSEL", "The record leaves so much open that not every way to read it was looked at."

    def _read_as(self, line: Line) -> str:
        """Whether the lesion a line's code stands for is what the record says, or a cautious reading of its silence."""
        lesion = self._knowledge.codes[line.code].lesion
        said = any(f.lesion is lesion for i, f in enumerate(self._session.treated) if i in line.facts)
        return f"is recorded as {lesion}" if said else f"is read as {lesion} until the record tells"

    def _facts(self, territory: Territory | None) -> list[TreatedVessel]:
        mine = [f for f in self._session.treated if f.territory is territory]
        return [f for f in mine if f.done or any(d.about == "done" for d in f.doubts)]

    def _lines(self, territory: Territory | None) -> list[Line]:
        return [x for x in self._decided.lines if x.territory is territory and x.role in _RANKED]

    def _name(self, line: Line) -> str:
        names = " and ".join(vessel_name(v, line.territory) for v in line.vessels or (None,))
        return f"{line.side} {names}" if line.side else f"{names} ({'both legs' if line.both_legs else 'leg open'})"


def _words(territory: Territory | None) -> str:
    return territory.value if territory else "leg"


def _a(territory: Territory) -> str:
    return f"{'an' if territory.value[0] == 'i' else 'a'} {territory.value}"
