"""The arteries as they are drawn: one leg's course and calibre, mirrored for the other, and the outline of the body.

Drawn for this project, schematic and not to scale; the patient's right is on the viewer's left. Knows anatomy as lines.
"""

from dataclasses import dataclass

from cds_service.coding.anatomy import Side, Vessel
from cds_service.picture.curves import Cubic, Curve

WIDTH = 480
MIDDLE = 240
SHORT, LONG = 400, 800
"""Heights of the drawing down to the upper thigh, and down to the foot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artery:
    """One artery of one leg: its course from the heart outwards and the width of its channel."""

    vessel: Vessel
    side: Side
    course: Curve
    width: float


AORTA = Curve((((240, -6), (243, 30), (238, 60), (240, 96)),))
AORTA_WIDTH = 34.0

# The right leg; the order is the order of drawing, so that what lies in front comes last.
_RIGHT: tuple[tuple[Vessel, float, tuple[Cubic, ...]], ...] = (
    (
        Vessel.INTERNAL_ILIAC,
        13,
        (((188, 196), (204, 214), (214, 234), (213, 262)), ((213, 262), (212, 278), (206, 288), (205, 298))),
    ),
    (Vessel.COMMON_ILIAC, 23, (((235, 80), (228, 118), (205, 154), (186, 198)),)),
    (Vessel.EXTERNAL_ILIAC, 20, (((187, 195), (172, 232), (152, 262), (148, 318)),)),
    (Vessel.PROFUNDA, 10, (((148, 344), (135, 358), (127, 390), (129, 446)),)),
    (Vessel.COMMON_FEMORAL, 18, (((148, 316), (147, 328), (147, 338), (149, 352)),)),
    (Vessel.SUPERFICIAL_FEMORAL, 13, (((149, 350), (154, 396), (168, 444), (170, 500)),)),
    (Vessel.POPLITEAL, 11.5, (((170, 500), (171, 524), (166, 546), (165, 572)),)),
    (Vessel.TIBIOPERONEAL_TRUNK, 9, (((165, 570), (166, 580), (166, 588), (167, 600)),)),
    (Vessel.PERONEAL, 6.5, (((167, 600), (162, 626), (161, 660), (161, 704)),)),
    (Vessel.POSTERIOR_TIBIAL, 7, (((167, 598), (180, 622), (180, 660), (178, 716)),)),
    (Vessel.ANTERIOR_TIBIAL, 7, (((165, 572), (146, 580), (142, 630), (145, 712)),)),
    (Vessel.DORSALIS_PEDIS, 6, (((145, 712), (145, 728), (143, 742), (140, 756)),)),
    (Vessel.PLANTAR, 6, (((178, 716), (178, 738), (170, 756), (156, 768)),)),
    (Vessel.PEDAL_ARCH, 5.5, (((140, 756), (139, 772), (147, 777), (156, 768)),)),
)
_TWIGS = "M213 262C218 274 222 280 226 290M209 236C204 246 200 254 198 266"
"""Twigs of the right internal iliac artery, for recognition only."""
_EDGE = (
    "M124 -6C116 60 110 92 98 128C84 170 80 214 82 262C86 340 98 420 112 494C114 530 108 566 116 616"
    "C122 660 126 690 124 722C121 752 112 772 112 786C118 798 176 798 188 786C194 764 190 720 192 690"
    "C198 650 206 610 202 566C202 530 210 500 214 450C220 400 232 352 240 318"
)
"""The right half of the outline of trunk and leg, from the waist to the foot and up to the crotch."""


def _leg(side: Side) -> tuple[Artery, ...]:
    found = ((v, w, Curve(c)) for v, w, c in _RIGHT)
    return tuple(
        Artery(vessel=v, side=side, width=w, course=c if side is Side.RIGHT else c.mirrored(MIDDLE))
        for v, w, c in found
    )


ARTERIES: tuple[Artery, ...] = _leg(Side.RIGHT) + _leg(Side.LEFT)
BY_PLACE = {(a.side, a.vessel): a for a in ARTERIES}
RIGHT_HALF = (f"{_EDGE}V-6H122Z", _EDGE, _TWIGS)
"""Of the right half: the body to be filled, its outline, and the twigs."""
MIRROR = f"matrix(-1 0 0 1 {2 * MIDDLE} 0)"

UPPER = frozenset({Vessel.COMMON_ILIAC, Vessel.INTERNAL_ILIAC, Vessel.EXTERNAL_ILIAC, Vessel.COMMON_FEMORAL})
"""What is seen in full above the lower edge of the short drawing."""
