"""How operators word a vessel, a lesion and a treatment: many ways, each one that a human reads without doubt.

Knows words and small phrases, no layout. Every choice is drawn from the Random it is given.
"""

from dataclasses import dataclass
from random import Random

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel

SHORT = {
    Vessel.COMMON_ILIAC: ("CIA", "com iliac", "common iliac", "com. iliac"),
    Vessel.EXTERNAL_ILIAC: ("EIA", "ext iliac", "external iliac", "ext. iliac"),
    Vessel.INTERNAL_ILIAC: ("IIA", "int iliac", "internal iliac", "hypogastric"),
    Vessel.COMMON_FEMORAL: ("CFA", "common femoral"),
    Vessel.SUPERFICIAL_FEMORAL: ("SFA", "superficial femoral"),
}
LONG = {
    Vessel.COMMON_ILIAC: ("common iliac artery", "common iliac"),
    Vessel.EXTERNAL_ILIAC: ("external iliac artery", "external iliac"),
    Vessel.INTERNAL_ILIAC: ("internal iliac artery", "hypogastric artery", "internal iliac"),
    Vessel.COMMON_FEMORAL: ("common femoral artery",),
    Vessel.SUPERFICIAL_FEMORAL: ("superficial femoral artery", "SFA"),
}
SHORT_SIDES = {Side.RIGHT: ("R", "Rt", "right", "Right", "RT"), Side.LEFT: ("L", "Lt", "left", "Left", "LT")}

NOUNS = {
    Lesion.OCCLUSION: (
        "chronic total occlusion",
        "CTO",
        "complete occlusion",
        "occlusion",
        "total occlusion",
        "100% occlusion",
        "long occlusion",
    ),
    Lesion.STENOSIS: (
        "80% stenosis",
        "tight stenosis",
        "high-grade stenosis",
        "focal 75 % stenosis",
        "severe narrowing",
        "90% narrowing",
        "70 % calcified stenosis",
    ),
}
PREDICATES = {
    Lesion.OCCLUSION: (
        "was occluded",
        "was totally occluded",
        "was 100% occluded",
        "was chronically occluded",
        "showed a chronic total occlusion",
        "was completely occluded over 5 cm",
        "had a CTO",
    ),
    Lesion.STENOSIS: (
        "was 80% stenosed",
        "had a 70% stenosis",
        "was severely narrowed",
        "showed a tight stenosis",
        "had a focal 85 % narrowing",
        "demonstrated a high-grade stenosis",
    ),
}
SIZES = ("6 x 40", "7 x 60 mm", "8x40", "6 x 80 mm", "5x20")
ACTS = {
    Treatment.ANGIOPLASTY: (
        "was ballooned",
        "was dilated with a {size} balloon",
        "was treated with plain balloon angioplasty",
        "underwent PTA with a {size} balloon",
        "was treated by POBA",
        "was treated with a {size} drug-coated balloon",
        "was angioplastied",
        "was crossed with a Glidewire and ballooned",
    ),
    Treatment.STENT: (
        "was stented",
        "was stented with an 8 x 39 mm balloon-expandable stent",
        "was treated with a self-expanding stent",
        "received a 9 x 60 covered stent",
        "was treated with an iCast 8 x 59 stent",
        "was primarily stented",
        "was predilated and stented",
        "was crossed and then treated with an 8 mm bare metal stent",
    ),
}
SHORT_ACTS = {
    Treatment.ANGIOPLASTY: ("PTA", "POBA", "POBA {size}", "balloon only", "ballooned", "DCB {size}", "PTA {size}"),
    Treatment.STENT: (
        "stent",
        "stented",
        "BMS {size}",
        "iCast {size}",
        "covered stent {size}",
        "PTA + stent",
        "Viabahn {size}",
    ),
}
NOUN_ACTS = {
    Treatment.ANGIOPLASTY: ("Balloon angioplasty", "PTA", "Plain balloon dilatation", "Angioplasty"),
    Treatment.STENT: ("Stenting", "Stent placement", "Primary stenting", "Covered stent placement"),
}
NO_STENT = (
    "no stent was placed",
    "it was not stented",
    "no stent was needed",
    "a stent was not required",
    "this was done without a stent",
)
SHORT_NO_STENT = ("no stent", "not stented", "without stent", "no stent placed")
LEFT_ALONE = {
    Lesion.OCCLUSION: ("could not be crossed and was left untreated", "was not treated"),
    Lesion.STENOSIS: ("was left alone", "was not treated"),
}
SHORT_LEFT_ALONE = {
    Lesion.OCCLUSION: ("could not be crossed", "not treated"),
    Lesion.STENOSIS: ("not treated", "left alone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A vessel with its lesion and what was done there; treatment None: it was left as it was."""

    side: Side
    vessel: Vessel
    lesion: Lesion
    treatment: Treatment | None


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def short_place(work: Work, random: Random) -> str:
    """Side and vessel, as in "Rt EIA" or "RCIA"."""
    vessel = random.choice(SHORT[work.vessel])
    if vessel.isupper() and random.random() < 0.25:
        return ("R" if work.side is Side.RIGHT else "L") + vessel
    return f"{random.choice(SHORT_SIDES[work.side])} {vessel}"


def place(work: Work, random: Random) -> str:
    """Side and vessel in full, as in "right external iliac artery"."""
    return f"{work.side.value} {random.choice(LONG[work.vessel])}"


def noun(work: Work, random: Random) -> str:
    return random.choice(NOUNS[work.lesion])


def a_noun(work: Work, random: Random) -> str:
    found = noun(work, random)
    return f"an {found}" if found[0] in "aeiou8" else f"a {found}"


def predicate(work: Work, random: Random) -> str:
    return random.choice(PREDICATES[work.lesion])


def act(work: Work, random: Random) -> str:
    """What was done, as a predicate, at times with the words that no stent was."""
    if work.treatment is None:
        return random.choice(LEFT_ALONE[work.lesion])
    said = random.choice(ACTS[work.treatment]).format(size=random.choice(SIZES))
    if work.treatment is Treatment.ANGIOPLASTY and random.random() < 0.4:
        return f"{said}; {random.choice(NO_STENT)}"
    return said


def short_act(work: Work, random: Random) -> str:
    """What was done, in a word or two."""
    if work.treatment is None:
        return random.choice(SHORT_LEFT_ALONE[work.lesion])
    said = random.choice(SHORT_ACTS[work.treatment]).format(size=random.choice(SIZES))
    if work.treatment is Treatment.ANGIOPLASTY and random.random() < 0.4:
        return f"{said}, {random.choice(SHORT_NO_STENT)}"
    return said
