"""R-DATE: the family that ended with 2025, for naming its codes only; the lesion type played no part in it."""

from collections.abc import Iterable

from cds_service.coding.anatomy import Role, Treatment
from cds_service.coding.codes import RETIRED, CodeRow, Knowledge
from cds_service.coding.ranking import Assigned, assigned
from cds_service.coding.units import Service, Unit, legs_of, units_of


def assign_retired(services: Iterable[Service], knowledge: Knowledge) -> list[Assigned]:
    """The codes of the family that ended with 2025, for naming them only (R-DATE): lesion type played no part."""
    out: list[Assigned] = []
    for group in legs_of(services):
        units = sorted(units_of(group, knowledge), key=lambda u: (-_strength(u), u.order))
        for position, unit in enumerate(units):
            row = _retired_row(unit, Role.ADDITIONAL if position else Role.INITIAL, knowledge)
            if row is not None:
                out.append(assigned(row, unit, ("R-DATE",)))
    return out


def _strength(unit: Unit) -> int:
    order = (Treatment.ANGIOPLASTY, Treatment.STENT, Treatment.ATHERECTOMY, Treatment.STENT_ATHERECTOMY)
    return max((order.index(s.treatment) for s in unit.services if s.treatment), default=-1)


def _retired_row(unit: Unit, role: Role, knowledge: Knowledge) -> CodeRow | None:
    territory = unit.territory
    done = {s.treatment for s in unit.services if s.treatment is not None}
    stent = bool(done & {Treatment.STENT, Treatment.STENT_ATHERECTOMY})
    wanted = ["stent-atherectomy"] if stent and done & {Treatment.ATHERECTOMY, Treatment.STENT_ATHERECTOMY} else []
    wanted += ["stent"] if stent else []
    wanted += ["atherectomy"] if Treatment.ATHERECTOMY in done else []
    wanted += ["angioplasty"] if Treatment.ANGIOPLASTY in done else []
    for name in wanted:
        for row in knowledge.codes.values():
            if (row.family, row.territory, row.treatment, row.role) == (RETIRED, territory, name, role):
                return row
    return None
