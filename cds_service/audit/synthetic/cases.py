"""The iliac cases of a synthetic export: what was done, how the record says it, what was charged, and the truth.

The truth of each case is written down here by hand from the rules; it is never asked of the program.
"""

from dataclasses import dataclass

STENT, BALLOON = "stent", "balloon"
STENOSIS, OCCLUSION, UNSAID = "stenosis", "occlusion", ""
COMMON, EXTERNAL, INTERNAL = "common", "external", "internal"


@dataclass(frozen=True, slots=True)
class Act:
    """A treatment of one vessel."""

    vessel: str
    treatment: str
    lesion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of session. `charges` are (code, modifier, units), the modifier `own`, `other` or none of the leg.

    `told` says where the record tells it: in codes, in words, in ICD-10-PCS with Conditions, or in a note alone.
    `findings` are the codes that an audit must find, `claimed` whether the charges come as a Claim.
    """

    name: str
    acts: tuple[Act, ...]
    charges: tuple[tuple[str, str, int], ...]
    findings: tuple[str, ...] = ()
    verdict: str = "yes"
    told: str = "codes"
    claimed: bool = False


_MISSION = (Act(COMMON, STENT, STENOSIS), Act(EXTERNAL, BALLOON, OCCLUSION))
_NARROW = (Act(COMMON, STENT, STENOSIS), Act(EXTERNAL, BALLOON, STENOSIS))
_UNCLEAR = (Act(COMMON, STENT, STENOSIS), Act(EXTERNAL, BALLOON, UNSAID))
_ALONE = (Act(EXTERNAL, BALLOON, OCCLUSION),)
_INITIAL, _ADDED = ("37258", "own", 1), ("37257", "own", 1)

CASES = (
    Case(name="right", acts=_MISSION, charges=(_INITIAL, _ADDED)),
    Case(name="right-on-claim", acts=_MISSION, charges=(_INITIAL, _ADDED), claimed=True),
    Case(name="missed-37257", acts=_MISSION, charges=(_INITIAL,), findings=("missing-line",)),
    Case(name="missed-37257-on-claim", acts=_MISSION, charges=(_INITIAL,), findings=("missing-line",), claimed=True),
    Case(name="missed-37257-in-words", acts=_MISSION, charges=(_INITIAL,), findings=("missing-line",), told="words"),
    Case(name="missed-37257-in-note", acts=_MISSION, charges=(_INITIAL,), findings=("missing-line",), told="note"),
    Case(name="nothing-charged", acts=_MISSION, charges=(), findings=("missing-line", "missing-line")),
    Case(name="without-initial", acts=_MISSION, charges=(_ADDED,), findings=("missing-initial",)),
    Case(
        name="wrong-leg",
        acts=_MISSION,
        charges=(("37258", "other", 1), ("37257", "other", 1)),
        findings=("wrong-leg", "wrong-leg"),
    ),
    Case(
        name="wrong-units",
        acts=_MISSION,
        charges=(_INITIAL, ("37257", "own", 2)),
        findings=("over-mue", "wrong-units"),
        claimed=True,
    ),
    Case(
        name="wrong-initial",
        acts=_MISSION,
        charges=(("37254", "own", 1), _ADDED),
        findings=("invalid-pair", "wrong-initial"),
    ),
    Case(
        name="wrongly-charged",
        acts=_NARROW,
        charges=(_INITIAL, _ADDED),
        findings=("missing-line", "unsupported-line"),
        verdict="no",
    ),
    Case(name="right-without-37257", acts=_NARROW, charges=(_INITIAL, ("37255", "own", 1)), verdict="no"),
    Case(
        name="only-charged",
        acts=(),
        charges=(_INITIAL, _ADDED),
        findings=("unsupported-line",) * 2,
        verdict="no",
    ),
    Case(
        name="duplicate",
        acts=_MISSION,
        charges=(_INITIAL, _ADDED, _ADDED),
        findings=("duplicate-line", "over-mue"),
        claimed=True,
    ),
    Case(name="initial-alone", acts=_ALONE, charges=(("37256", "own", 1),), verdict="no"),
    Case(name="unclear", acts=_UNCLEAR, charges=(_INITIAL,), verdict="review"),
)
