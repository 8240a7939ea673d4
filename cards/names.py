"""Vessels, sides and codes in our own words. Code numbers only: no descriptor of the AMA is here or may be added."""

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.coding.lines import Line

TREATMENTS = {
    Treatment.ANGIOPLASTY: "balloon only",
    Treatment.STENT: "stent",
    Treatment.ATHERECTOMY: "atherectomy",
    Treatment.STENT_ATHERECTOMY: "stent and atherectomy",
}


def vessel(value: Vessel | None, territory: Territory | None = Territory.ILIAC) -> str:
    """A vessel without its side: "external iliac artery"."""
    if value is None:
        return f"{(territory or Territory.ILIAC).value} artery, segment not recorded"
    plain = value.value.replace("-", " ")
    return plain if value in (Vessel.PEDAL_ARCH, Vessel.TIBIOPERONEAL_TRUNK) else f"{plain} artery"


def place(side: Side | None, value: Vessel | None, territory: Territory | None = Territory.ILIAC) -> str:
    """A vessel with its side; "side not recorded" where there is none."""
    return f"{side.value} {vessel(value, territory)}" if side else f"{vessel(value, territory)}, side not recorded"


def line_places(line: Line) -> str:
    """The vessels of a line for a table cell."""
    short = " and ".join(v.value.replace("-", " ") for v in line.vessels) or f"{line.territory.value}, segment open"
    if line.both_legs:
        return f"both legs, {short}"
    return f"{line.side.value} {short}" if line.side else f"{short}, side open"


def line_place(line: Line, value: Vessel | None) -> str:
    """One vessel of a line with its side; all of them where one line stands for both legs."""
    if line.both_legs:
        return f"{joined([vessel(v, line.territory) for v in line.vessels])}, both legs"
    return place(line.side, value, line.territory)


def coded(code: str, modifiers: tuple[str, ...], units: int | None = None) -> str:
    """A code as it is written on a charge line: 37257-RT x1."""
    text = "-".join((code, *modifiers))
    return text if units is None else f"{text} x{units}"


def joined(items: list[str]) -> str:
    """A list as a reader expects it: "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
