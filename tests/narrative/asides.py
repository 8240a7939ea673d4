"""What notes say beside the work of the day: it changes no code, wherever it stands.

Knows sentences and sections. None names a lesion or a treatment of this session in an artery of a leg.
"""

from collections.abc import Sequence
from random import Random

from cds_service.coding.anatomy import Side
from tests.narrative.wordings import Work, capital

# Sections and sentences that stand for themselves, at the head or the end of a note.
ASIDES = (
    "Review of systems: no chest pain, no dyspnea, no fever.",
    "Medications: aspirin 81 mg, atorvastatin 40 mg, metformin.",
    "Allergies: none known.",
    "Family history: father with myocardial infarction at 60.",
    "Past medical history: hypertension, type 2 diabetes, hyperlipidemia.",
    "History: coronary stent to the LAD in 2018, CABG 2020.",
    "Past surgical history: cholecystectomy 2005, left knee replacement 2016.",
    "Social history: former smoker, 40 pack-years.",
    "Consent: risks including bleeding, dissection, vessel occlusion and need for a stent were discussed.",
    "Informed consent was obtained after discussion of risks, benefits and alternatives.",
    "Lungs clear, abdomen soft.",
    "The renal arteries were patent.",
    "The abdominal aorta was free of aneurysm.",
    "Liver and kidneys unremarkable.",
    "Echocardiogram last year: ejection fraction 55 %.",
    "Heparin 5000 units were given.",
    "Sedation: midazolam 2 mg and fentanyl 50 mcg.",
    "Contrast: 85 mL iodixanol. Fluoroscopy time: 14 minutes.",
    "Estimated blood loss: minimal.",
    "Complications: none.",
    "The patient tolerated the procedure well.",
    "Plan: dual antiplatelet therapy for three months, duplex in six weeks.",
    "Follow-up: clinic in 4 weeks with ABI.",
    "Vital signs: BP 132/78, HR 72.",
)
VEINS = (
    "The great saphenous vein was ablated in 2021.",
    "Chronic venous insufficiency is managed with compression.",
    "No deep vein thrombosis on duplex.",
)
COMPLETION = (
    "Completion angiography showed no residual stenosis.",
    "Final angiogram: brisk flow, no dissection.",
    "At the end there was excellent flow with less than 10 % residual stenosis.",
    "Completion run showed wide patency and no extravasation.",
)


def for_the_other_leg(side: Side, random: Random) -> str:
    """A plan for the leg in which nothing was done."""
    other = side.other.value
    return random.choice(
        (
            f"Plan: {other} leg to be treated next month.",
            f"Plan: staged {other} external iliac stenting in 4 weeks.",
            f"The {other} leg will be addressed at a later date.",
        )
    )


def access(works: Sequence[Work], random: Random) -> str:
    side = _away(works).value
    return random.choice(
        (
            f"Access was gained through the {side} common femoral artery with a 6F sheath.",
            f"Access: {side} CFA, 6F, ultrasound-guided.",
            f"Under ultrasound the {side} common femoral artery was punctured and a crossover sheath placed.",
        )
    )


def closure(works: Sequence[Work], random: Random) -> str:
    side = _away(works).value
    return random.choice(
        (
            f"The {side} groin was closed with a Perclose device.",
            f"Closure: {side} CFA with an Angio-Seal.",
            f"{capital(side)} femoral hemostasis with manual pressure.",
        )
    )


def _away(works: Sequence[Work]) -> Side:
    """The leg access is gained from: the other one, where nothing was done there."""
    sides = {w.side for w in works}
    return next(iter(sides)).other if len(sides) == 1 else Side.RIGHT
