"""Sides, territories, vessels, treatments and lesions: the vocabulary every other module speaks.

Knows the closed lists of the decision document. Which vessels share one code is knowledge data, not here.
"""

from enum import StrEnum


class Side(StrEnum):
    """The leg."""

    RIGHT = "right"
    LEFT = "left"

    @property
    def modifier(self) -> str:
        """The HCPCS modifier that names this leg on a line."""
        return "RT" if self is Side.RIGHT else "LT"

    @property
    def other(self) -> "Side":
        return Side.LEFT if self is Side.RIGHT else Side.RIGHT


class Territory(StrEnum):
    """The vascular territory of one leg; each has its own initial code (R-TERRITORY)."""

    ILIAC = "iliac"
    FEMORAL_POPLITEAL = "femoral-popliteal"
    TIBIAL_PERONEAL = "tibial-peroneal"
    INFRAMALLEOLAR = "inframalleolar"


class Vessel(StrEnum):
    """An artery of the lower extremity that the family tells apart."""

    COMMON_ILIAC = "common-iliac"
    INTERNAL_ILIAC = "internal-iliac"
    EXTERNAL_ILIAC = "external-iliac"
    COMMON_FEMORAL = "common-femoral"
    PROFUNDA = "profunda"
    SUPERFICIAL_FEMORAL = "superficial-femoral"
    POPLITEAL = "popliteal"
    ANTERIOR_TIBIAL = "anterior-tibial"
    POSTERIOR_TIBIAL = "posterior-tibial"
    PERONEAL = "peroneal"
    TIBIOPERONEAL_TRUNK = "tibioperoneal-trunk"
    DORSALIS_PEDIS = "dorsalis-pedis"
    PLANTAR = "plantar"
    PEDAL_ARCH = "pedal-arch"


ILIACS = (Vessel.COMMON_ILIAC, Vessel.EXTERNAL_ILIAC, Vessel.INTERNAL_ILIAC)
"""The iliac arteries of one leg (R-VESSEL), the proximal one first."""


class Treatment(StrEnum):
    """What was done in a vessel. Lithotripsy rides beside a treatment and is a fact of its own."""

    ANGIOPLASTY = "angioplasty"
    STENT = "stent"
    ATHERECTOMY = "atherectomy"
    STENT_ATHERECTOMY = "stent-atherectomy"


class Lesion(StrEnum):
    """The type of the lesion treated (R-LESION): nothing but this decides the complexity."""

    STENOSIS = "stenosis"
    OCCLUSION = "occlusion"


class Role(StrEnum):
    """The place of a code in a leg and territory."""

    INITIAL = "initial"
    ADDITIONAL = "additional"
    LITHOTRIPSY = "lithotripsy"
    SEPARATE = "separate"
    INCLUDED = "included"
