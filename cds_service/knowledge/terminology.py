"""What single codes of SNOMED CT, ICD-10-CM, ICD-10-PCS and CPT say about a vessel, a side, a treatment, a lesion.

Knows code systems and the concept tables. Knows no FHIR resource: it is handed a system and a code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.coding.codes import Knowledge, SourceRow
from cds_service.knowledge.tables import Table

SIDES = {"right": (Side.RIGHT,), "left": (Side.LEFT,), "bilateral": (Side.RIGHT, Side.LEFT), "": ()}
_KEPT = 1024
ASPECTS = ("body", "side", "procedure", "disorder", "device")
EXCLUSIONS = (
    "",
    "ambiguous-territory",
    "aneurysm",
    "aorta",
    "bone",
    "dissection",
    "history",
    "not-a-vessel",
    "occluding-device",
    "open-surgery",
    "other-artery",
    "thrombus-work",
    "vein",
    "closed-on-purpose",
)
LESIONS = ("", "stenosis", "occlusion", "occlusion-unplaced", "acute-occlusion", "obstruction")
TREATMENTS = ("", "angioplasty", "stent", "atherectomy", "stent-atherectomy", "lithotripsy", "extirpation", "unclear")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """What one code says. Empty strings and None: it says nothing of that kind. `excludes`: it points away."""

    aspect: str
    territory: Territory | None = None
    vessel: Vessel | None = None
    sides: tuple[Side, ...] = ()
    treatment: str = ""
    lesion: str = ""
    excludes: str = ""
    verified: bool = True


@dataclass(frozen=True, kw_only=True)
class Terminology:
    """Look-up of concepts by system (snomed, icd10cm, icd10pcs, cpt) and code."""

    concepts: Mapping[tuple[str, str], Concept]
    pcs: Mapping[tuple[str, str], Concept]
    aliases: tuple[tuple[str, str, str], ...]
    places: Mapping[tuple[str, str], str]
    knowledge: Knowledge

    def system(self, uri: str, code: str = "") -> str:
        """The short name of a code system, whatever scheme, slash or vendor address its URI has; empty if unknown.

        A code without a system is taken for CPT when it is one of the family's numbers.
        """
        if not uri:
            return "cpt" if code in self.knowledge.family else ""
        system = self._named(uri)
        return _shaped(code) if system == "icd10" else system

    @cached_property
    def _named(self) -> Callable[[str], str]:
        """Addresses come again and again."""
        return lru_cache(maxsize=_KEPT)(self._by_alias)

    def _by_alias(self, uri: str) -> str:
        """The system of an address by the first alias that fits."""
        bare = bare_uri(uri)
        for alias, system, match in self.aliases:
            if {"equals": bare == alias, "starts": bare.startswith(alias), "ends": bare.endswith(alias)}[match]:
                return system
        return ""

    def place(self, uri: str, code: str) -> str:
        """The place-of-service code a code stands for, "hospital" where only that much is said, else empty."""
        return self.places.get((self.system(uri), code), "")

    def lookup(self, system: str, code: str) -> Concept | None:
        """The concept of a code, None for a code that is not known here."""
        if system == "icd10cm":
            return self.concepts.get((system, _dotted(code)))
        if system == "icd10pcs":
            return self._pcs(code.upper())
        if system == "cpt":
            return self._cpt(code.upper())
        return self.concepts.get((system, code))

    def _cpt(self, code: str) -> Concept | None:
        row = self.knowledge.codes.get(code)
        if row is None:
            return self.concepts.get(("cpt", code))
        if row.territory is None or row.treatment not in TREATMENTS:
            return None
        lesion = row.lesion.value if row.lesion else ""
        return Concept(aspect="procedure", territory=row.territory, treatment=row.treatment, lesion=lesion)

    def _pcs(self, code: str) -> Concept | None:
        """R-OUT: root operation decides what was done, the body part where, the device how."""
        operation = self.pcs.get(("operation", code[:3]))
        if len(code) != 7 or operation is None:
            return None
        body = self.pcs.get(("body", code[3]))
        where = replace(body, aspect="procedure") if body else Concept(aspect="procedure")
        meaning = operation.treatment or operation.excludes
        if meaning == "dilation":
            device = self.pcs.get(("device", code[5]))
            return replace(where, treatment=device.treatment if device else "unclear")
        if meaning == "extirpation":
            return replace(where, treatment="extirpation")
        if meaning == "fragmentation":
            return (
                replace(where, excludes="thrombus-work") if code[6] == "0" else replace(where, treatment="lithotripsy")
            )
        return replace(where, excludes=operation.excludes)


def read_terminology(texts: Mapping[str, str], knowledge: Knowledge) -> tuple[Terminology, list[str]]:
    """Read the concept tables; the second part lists their faults by file and row."""
    sources = knowledge.sources
    names = ("concepts.csv", "pcs.csv", "systems.csv", "places.csv")
    concepts, pcs, systems, places = tables = [Table(name, texts[name]) for name in names]
    terminology = Terminology(
        concepts=_concepts(concepts, sources),
        pcs=_pcs_axes(pcs, sources),
        aliases=_aliases(systems, sources),
        places=_places(places, sources),
        knowledge=knowledge,
    )
    return terminology, [f for t in tables for f in t.faults]


def _aliases(table: Table, sources: Mapping[str, SourceRow]) -> tuple[tuple[str, str, str], ...]:
    out = []
    for row in table.rows(("alias", "system", "match")):
        match = row.text("match", allowed=("equals", "starts", "ends"))
        if row.dated(sources):
            out.append((row.text("alias"), row.text("system"), match))
    return tuple(out)


def _places(table: Table, sources: Mapping[str, SourceRow]) -> dict[tuple[str, str], str]:
    out = {}
    for row in table.rows(("system", "code", "place")):
        if row.dated(sources):
            out[(row.text("system"), row.text("code"))] = row.text("place")
    return out


def _concepts(table: Table, sources: Mapping[str, SourceRow]) -> dict[tuple[str, str], Concept]:
    out: dict[tuple[str, str], Concept] = {}
    columns = ("system", "code", "aspect", "territory", "vessel", "side", "treatment", "lesion", "excludes")
    for row in table.rows(columns):
        key = (row.text("system", allowed=("snomed", "icd10cm", "cpt")), row.text("code"))
        if key in out:
            row.fault(f"{key[0]} {key[1]} stands twice")
        concept = Concept(
            aspect=row.text("aspect", allowed=ASPECTS),
            territory=row.member("territory", Territory, optional=True),
            vessel=row.member("vessel", Vessel, optional=True),
            sides=SIDES.get(row.text("side", allowed=SIDES), ()),
            treatment=row.text("treatment", allowed=TREATMENTS),
            lesion=row.text("lesion", allowed=LESIONS),
            excludes=row.text("excludes", allowed=EXCLUSIONS),
            verified=row.cells["verified"] == "yes",
        )
        if row.dated(sources):
            out[key] = concept
    return out


def _pcs_axes(table: Table, sources: Mapping[str, SourceRow]) -> dict[tuple[str, str], Concept]:
    out: dict[tuple[str, str], Concept] = {}
    for row in table.rows(("axis", "value", "territory", "vessel", "side", "meaning")):
        key = (row.text("axis", allowed=("operation", "body", "device")), row.text("value"))
        meaning = row.text("meaning")
        away = meaning in EXCLUSIONS
        concept = Concept(
            aspect=key[0],
            territory=row.member("territory", Territory, optional=True),
            vessel=row.member("vessel", Vessel, optional=True),
            sides=SIDES.get(row.text("side", allowed=SIDES), ()),
            treatment="" if away else meaning,
            excludes=meaning if away else "",
        )
        if row.dated(sources):
            out[key] = concept
    return out


def bare_uri(uri: str) -> str:
    """A URI without scheme, trailing slash, version and case."""
    return uri.split("|")[0].strip().lower().removeprefix("http://").removeprefix("https://").rstrip("/")


def _shaped(code: str) -> str:
    """ICD-10 without saying which: seven characters that open with a digit are PCS."""
    return "icd10pcs" if len(code) == 7 and code[:1].isdigit() and "." not in code else "icd10cm"


def _dotted(code: str) -> str:
    """I7092 and I70.92 are one code."""
    code = code.strip().upper()
    return code if "." in code or len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def treatment_of(word: str) -> Treatment | None:
    """A concept's treatment as a member of `Treatment`; None for lithotripsy, unclear and none."""
    return Treatment(word) if word in [t.value for t in Treatment] else None
