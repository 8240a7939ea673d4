"""A truth written down as FHIR, with loss: each service as one or two resources in the many ways a chart has for it.

What a rendering leaves out or contradicts it marks on the Work (`open`); it never tells more than the truth.
"""

from random import Random
from typing import Any

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from tests.charts import BALLOON, ICD10CM, PCS, SNOMED, STENT, coding, concept, condition, procedure, snomed
from tests.narrative.wordings import LONG, NOUN_ACTS, NOUNS, SHORT, SHORT_ACTS, SHORT_SIDES, SIZES
from tests.properties.truths import Work

Resource = dict[str, Any]
SITES = {
    Vessel.COMMON_ILIAC: "73634005",
    Vessel.EXTERNAL_ILIAC: "113269004",
    Vessel.INTERNAL_ILIAC: "90024005",
    Vessel.COMMON_FEMORAL: "7657000",
    Vessel.SUPERFICIAL_FEMORAL: "181349008",
    Vessel.POPLITEAL: "43899006",
    Vessel.ANTERIOR_TIBIAL: "68053000",
}
SIDES = {Side.RIGHT: "24028007", Side.LEFT: "7771000"}
LESIONS = {Lesion.STENOSIS: ("415582006",), Lesion.OCCLUSION: ("2929001", "405557003")}
# SNOMED procedures that name the vessel, by treatment.
OWN = {
    (Treatment.ANGIOPLASTY, Vessel.COMMON_ILIAC): ("233275000", "432868000"),
    (Treatment.ANGIOPLASTY, Vessel.EXTERNAL_ILIAC): ("233279006", "431536002"),
    (Treatment.ANGIOPLASTY, Vessel.INTERNAL_ILIAC): ("233277008", "431211009"),
    (Treatment.STENT, Vessel.COMMON_ILIAC): ("233408002", "432423003"),
    (Treatment.STENT, Vessel.EXTERNAL_ILIAC): ("233409005", "431715001"),
    (Treatment.STENT, Vessel.INTERNAL_ILIAC): ("431600009", "433713002"),
}
PARTS = {Vessel.COMMON_ILIAC: "CD", Vessel.INTERNAL_ILIAC: "EF", Vessel.EXTERNAL_ILIAC: "HJ"}
LONG_NAMES = {**LONG, Vessel.POPLITEAL: ("popliteal artery",), Vessel.ANTERIOR_TIBIAL: ("anterior tibial artery",)}
SHORT_NAMES = {**SHORT, Vessel.POPLITEAL: ("popliteal",), Vessel.ANTERIOR_TIBIAL: ("anterior tibial",)}
BRANDS = (
    "Viabahn 7 x 50",
    "iCast 8 x 38",
    "Express LD 7 x 37",
    "Zilver PTX 6 x 80",
    "GORE VBX 8L x 39",
    "Everflex 7 x 60",
)
NOT_DONE = ("not-done", "not-done", "entered-in-error", "stopped", "preparation")
FAILED = (
    "Attempted angioplasty of the {place}; the {lesion} could not be crossed and was not treated.",
    "Unable to cross the {lesion} of the {place}. The procedure was abandoned.",
    "{place}: {lesion}, not crossed, no intervention",
)


def acts(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """The resources that tell one service, and the fields they leave open, marked on it."""
    if not work.done:
        return _never_completed(work, key, random, base)
    ways = [_coded, _coded, _free_text, _in_words]
    if (work.treatment, work.vessel) in OWN:
        ways += [_named_by_code, _inpatient]
    if work.treatment is Treatment.STENT:
        ways.append(_with_device)
    return random.choice(ways)(work, key, random, base)


def _where(work: Work, random: Random) -> list[Resource]:
    """Body sites: vessel and side, either of them lost at times."""
    vessel, side = snomed(SITES[work.vessel]), snomed(SIDES[work.side])
    if random.random() < 0.1:
        work.open.add("side")
        return [vessel]
    if work.vessel in PARTS and random.random() < 0.1:
        work.open.add("vessel")
        return [snomed("10293006"), side]
    return random.choice(([vessel, side], [side, vessel], [concept(*vessel["coding"], text=f"{work.side.value} side")]))


def _why(work: Work, key: str, random: Random) -> tuple[Resource, list[Resource]]:
    """The lesion as a reason, as a Condition or an Observation referred to, or lost; the Procedure's elements first."""
    kind = random.choice(("code", "code", "text", "condition", "measured", "lost", "subtotal", "vague"))
    said = snomed(random.choice(LESIONS[work.lesion]))
    if kind == "code":
        return {"reasonCode": [said]}, []
    if kind == "text":
        return {"reasonCode": [{"text": random.choice(NOUNS[work.lesion])}]}, []
    if kind == "condition":
        work.by_condition = True
        found = condition(f"c-{key}", *said["coding"], bodySite=[snomed(SITES[work.vessel]), snomed(SIDES[work.side])])
        return {"reasonReference": [{"reference": f"Condition/c-{key}"}]}, [found]
    if kind == "measured":
        return {}, [_measured(work, key, random)]
    if kind == "subtotal" and work.lesion is Lesion.STENOSIS:
        words = random.choice(("subtotal occlusion", "99% stenosis", "near-total occlusion", "string sign"))
        return {"reasonCode": [{"text": words}]}, []
    work.open.add("lesion")
    if kind == "vague":
        vague = random.choice(
            (
                snomed("399957001"),
                concept(coding(ICD10CM, "I70.211")),
                {"text": "peripheral arterial occlusive disease"},
            )
        )
        return {"reasonCode": [vague]}, []
    return {}, []


def _measured(work: Work, key: str, random: Random) -> Resource:
    """The lesion as a percentage, measured on the day of the act."""
    value = 100 if work.lesion is Lesion.OCCLUSION else random.randint(55, 98)
    return {
        "resourceType": "Observation",
        "id": f"o-{key}",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "partOf": [{"reference": f"Procedure/{key}"}],
        "code": concept(coding("https://hospital.example.org/cath", "STEN-PCT", "Percent diameter stenosis")),
        "bodySite": concept(coding(SNOMED, SITES[work.vessel]), coding(SNOMED, SIDES[work.side])),
        "valueQuantity": {"value": value, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
    }


def _with_device(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """A stent that only the devices of a balloon angioplasty tell of."""
    made = _coded(work, key, random, base)
    used = random.choice(
        ({"text": "Self-expanding stent 8 x 40 mm"}, snomed("65818007"), {"text": random.choice(BRANDS)})
    )
    made[0].update(code=snomed(BALLOON), usedCode=[used])
    return made


def _coded(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """Everything in codes."""
    reason, more = _why(work, key, random)
    code = snomed(STENT if work.treatment is Treatment.STENT else BALLOON)
    made = procedure(key, code=code, bodySite=_where(work, random), **reason, **base)
    if more:
        work.open -= {"side", "vessel"}
    return [made, *more]


def _named_by_code(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """A code that names the vessel; the side in a body site or a text."""
    reason, more = _why(work, key, random)
    code = snomed(random.choice(OWN[work.treatment, work.vessel]))
    return [procedure(key, code=code, bodySite=[snomed(SIDES[work.side])], **reason, **base), *more]


def _inpatient(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """ICD-10-PCS, which tells vessel, side and device but no lesion."""
    reason, more = _why(work, key, random)
    device = "D" if work.treatment is Treatment.STENT else "Z"
    value = f"047{PARTS[work.vessel][work.side is Side.LEFT]}3{device}Z"
    return [procedure(key, code=concept(coding(PCS, value)), **reason, **base), *more]


def place(work: Work, random: Random, side: bool = True) -> str:
    if random.random() < 0.5:
        return (
            f"{work.side.value} {random.choice(LONG_NAMES[work.vessel])}"
            if side
            else random.choice(LONG_NAMES[work.vessel])
        )
    short = random.choice(SHORT_NAMES[work.vessel])
    return f"{random.choice(SHORT_SIDES[work.side])} {short}" if side else short


def told(work: Work, random: Random) -> str:
    """One service in a line; the side or the lesion lost at times."""
    side, lesion = random.random() >= 0.08, random.random() >= 0.15
    work.open |= ({"side"} if not side else set()) | ({"lesion"} if not lesion else set())
    where, noun = place(work, random, side), random.choice(NOUNS[work.lesion])
    act = random.choice(SHORT_ACTS[work.treatment]).format(size=random.choice(SIZES))
    if not lesion:
        return random.choice((f"{where}: {act}", f"{random.choice(NOUN_ACTS[work.treatment])} of {where}"))
    return random.choice(
        (
            f"{where} {noun}: {act}",
            f"{random.choice(NOUN_ACTS[work.treatment])} of {where} for {noun}",
            f"{where}, {noun}, {act}",
        )
    )


def _free_text(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """All in the text of the code, at times beside a code of the site's own."""
    own = [coding("urn:oid:1.2.3.4", f"IR{random.randint(1, 99)}")] if random.random() < 0.3 else []
    return [procedure(key, code=concept(*own, text=told(work, random)), **base)]


def _in_words(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """A code that says nothing, and a note of the Procedure."""
    code = {"text": random.choice(("Endovascular procedure", "Peripheral intervention", "Revascularization"))}
    return [procedure(key, code=code, note=[{"text": told(work, random) + "."}], **base)]


def _never_completed(work: Work, key: str, random: Random, base: Resource) -> list[Resource]:
    """Not done, by its status or in the words of a Procedure that is otherwise like one that was."""
    if random.random() < 0.5:
        made = _coded(work, key, random, base)[:1]  # a diagnosis would tell of others' work in the vessel
        made[0].pop("reasonReference", None)
        made[0]["status"] = random.choice(NOT_DONE)
        return made
    words = random.choice(FAILED).format(place=place(work, random), lesion=random.choice(NOUNS[work.lesion]))
    found = (
        {"code": {"text": words}}
        if random.random() < 0.5
        else {"code": {"text": "Angioplasty"}, "note": [{"text": words}]}
    )
    return [procedure(key, **found, **base)]


def in_r5(found: Resource) -> Resource:
    """A Procedure in the shape of R5."""
    out = dict(found)
    if "performedDateTime" in out:
        out["occurrenceDateTime"] = out.pop("performedDateTime")
    if "performedPeriod" in out:
        out["occurrencePeriod"] = out.pop("performedPeriod")
    if "usedCode" in out:
        out["used"] = [{"concept": d} for d in out.pop("usedCode")]
    reasons = [{"concept": r} for r in out.pop("reasonCode", [])]
    reasons += [{"reference": r} for r in out.pop("reasonReference", [])]
    return {**out, "reason": reasons} if reasons else out
