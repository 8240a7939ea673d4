"""Decisions as each version of the knowledge made them: `python -m tests.upgrades.decisions` writes those of a new version.

Every scenario, and every session that can be made of few words: one, two or three treated arteries in one leg or in both,
with every treatment and lesion, on both sides of the day the family took effect, and with drafts. A version that is
written down is not written again; see README.md beside this file.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

from cds_service.knowledge import load
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    INTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    charge,
    claim,
    explained,
    request,
    snomed,
    treated,
)
from tests.scenarios.golden import loaded, names

FOLDER = Path(__file__).with_name("decisions")
HEADS = ("case", "lines", "answer37257", "findings", "questions", "digest")
Json = dict[str, Any]
Act = tuple[str, str, str | None]

_TREATMENTS = {"balloon": BALLOON, "stent": STENT, "atherectomy": "6832004"}
_VESSELS = {"common": COMMON, "external": EXTERNAL, "internal": INTERNAL}
_LESIONS: dict[str, str | None] = {"stenosis": STENOSIS, "occlusion": OCCLUSION, "unsaid": None}
_SIDES: dict[str, str] = {"R": RIGHT, "L": LEFT}
_ACTS = list(product(_TREATMENTS, _VESSELS, _LESIONS))
_DAYS = ("2025-12-31", "2026-01-01", "2026-03-04", "2026-12-31")


def cases() -> Iterator[tuple[str, Json]]:
    """Every case by name, as a hook request."""
    yield from ((f"scenario {name}", loaded(name, "request.json")) for name in names())
    yield from _one_artery()
    yield from _two_arteries()
    yield from _three_arteries()
    yield from _other_days()
    yield from _drafts()


def _request(*acts: tuple[str, Act], day: str = "2026-03-04", drafts: tuple[Json, ...] | None = None) -> Json:
    procedures = []
    for number, (side, (treatment, vessel, lesion)) in enumerate(acts):
        made = treated(
            f"p{number}", _TREATMENTS[treatment], _VESSELS[vessel], RIGHT, _LESIONS[str(lesion)], performedDateTime=day
        )
        legs = [snomed(_SIDES[s]) for s in side.replace("-", "")]
        procedures.append({**made, "bodySite": [snomed(_VESSELS[vessel]), *legs]})
    return request(*procedures, drafts=drafts)


def _name(*acts: tuple[str, Act]) -> str:
    return " + ".join(f"{side} {' '.join(str(word) for word in act)}" for side, act in acts)


def _named(*acts: tuple[str, Act]) -> tuple[str, Json]:
    return _name(*acts), _request(*acts)


def _one_artery() -> Iterator[tuple[str, Json]]:
    for side, act in product(("R", "L", "-", "RL"), _ACTS):
        yield _named((side, act))


def _two_arteries() -> Iterator[tuple[str, Json]]:
    for first, second in combinations_with_replacement(_ACTS, 2):
        yield _named(("R", first), ("R", second))
        yield _named(("R", first), ("L", second))
    known = [a for a in _ACTS if a[0] != "atherectomy" and a[2] != "unsaid"]
    for first, second in combinations_with_replacement(known, 2):
        yield _named(("L", first), ("-", second))


def _three_arteries() -> Iterator[tuple[str, Json]]:
    ways = list(product(("balloon", "stent"), ("stenosis", "occlusion")))
    for three in product(ways, repeat=3):
        acts = [(t, vessel, lesion) for (t, lesion), vessel in zip(three, _VESSELS, strict=True)]
        yield _named(*(("L", act) for act in acts))


def _other_days() -> Iterator[tuple[str, Json]]:
    pair: tuple[Act, Act] = (("stent", "common", "stenosis"), ("balloon", "external", "occlusion"))
    for day in _DAYS:
        for acts in ((("R", pair[0]),), (("R", pair[1]),), (("R", pair[0]), ("R", pair[1]))):
            yield f"{day}: {_name(*acts)}", _request(*acts, day=day)


def _drafts() -> Iterator[tuple[str, Json]]:
    ways: tuple[Act, ...] = (
        ("stent", "common", "stenosis"),
        ("balloon", "external", "occlusion"),
        ("balloon", "external", "stenosis"),
        ("stent", "internal", "occlusion"),
    )
    drafts: dict[str, tuple[Json, ...]] = {
        "nothing": (),
        "add-on alone": (charge("c1", "37257", "RT"),),
        "initial alone": (charge("c1", "37258", "RT"),),
        "both": (charge("c1", "37258", "RT"), charge("c2", "37257", "RT")),
        "both, other leg": (charge("c1", "37258", "LT"), charge("c2", "37257", "LT")),
        "both, no leg": (charge("c1", "37258"), charge("c2", "37257")),
        "twice": (charge("c1", "37258", "RT"), charge("c2", "37257", "RT"), charge("c3", "37257", "RT")),
        "two units": (charge("c1", "37258", "RT"), charge("c2", "37257", "RT", units=2)),
        "another pair": (claim("k1", ("37254", ["RT"], 1), ("37257", ["RT"], 1)),),
        "right pair on a claim": (claim("k1", ("37256", ["RT"], 1), ("37255", ["RT"], 1)),),
        "retired": (charge("c1", "37221", "RT"), charge("c2", "37222", "RT")),
    }
    for first, second in combinations_with_replacement(ways, 2):
        acts = (("R", first), ("R", second))
        for name, lines in drafts.items():
            yield f"{_name(*acts)}; drafted: {name}", _request(*acts, drafts=lines)


def decided(sent: Json) -> dict[str, str]:
    """A decision in a few words, and a digest of all of it but the words said about it and the version's own name."""
    sessions = explained(sent)["sessions"]
    whole = json.dumps([_substance(s) for s in sessions], sort_keys=True)
    return {
        "lines": " | ".join("; ".join(_line(x) for x in s["lines"]) or "none" for s in sessions),
        "answer37257": " | ".join(f"{s['answer37257']['verdict']} {s['answer37257']['units']}" for s in sessions),
        "findings": " | ".join(" ".join(sorted(f["code"] for f in s["draft"]["findings"])) for s in sessions),
        "questions": " | ".join(" ".join(sorted(_question(q) for q in s["questions"])) for s in sessions),
        "digest": sha256(whole.encode()).hexdigest()[:16],
    }


def _line(line: Json) -> str:
    modifiers = "".join(f"-{m}" for m in line["modifiers"])
    return f"{line['code']}{modifiers} x{line['units']} {'/'.join(line['vessels'])} {line['status']}"


def _question(question: Json) -> str:
    return ":".join(str(question[k]) for k in ("code", "side", "vessel") if question[k])


def _substance(session: Json) -> Json:
    kept = {k: session[k] for k in ("encounter", "date", "timing", "lines")}
    answer, draft = session["answer37257"], session["draft"]
    return {
        **kept,
        "pos": session["siteOfService"]["pos"],
        "answer": [answer["verdict"], answer["units"], sorted(w["rule"] for w in answer["why"])],
        "draft": draft["lines"],
        "findings": sorted([f["code"], f["rule"], f["codes"]] for f in draft["findings"]),
        "questions": sorted(_question(q) for q in session["questions"]),
        "treated": sorted(str([t[k] for k in ("side", "vessel", "treatment", "lesion")]) for t in session["treated"]),
    }


def versions() -> list[str]:
    """The versions of the knowledge that are written down."""
    return sorted(p.stem for p in FOLDER.glob("*.csv"))


def written_down(version: str) -> dict[str, dict[str, str]]:
    """Decisions by case as a version made them."""
    with (FOLDER / f"{version}.csv").open(encoding="utf-8", newline="") as file:
        return {row.pop("case"): row for row in csv.DictReader(file)}


def as_csv() -> str:
    """The decisions of this version."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADS, lineterminator="\n")
    writer.writeheader()
    for case, sent in cases():
        writer.writerow({"case": case, **decided(sent)})
    return out.getvalue()


def main() -> None:
    version = load().version
    if version in versions():
        raise SystemExit(f"the decisions of {version} are written down already; a change of them needs a new version")
    (FOLDER / f"{version}.csv").write_text(as_csv(), "utf-8")
    sys.stdout.write(f"wrote {version}.csv\n")


if __name__ == "__main__":
    main()
