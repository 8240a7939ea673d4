"""Findings without identifiers: what of a decision document may leave the house, and under which names.

Knows the public document. It copies what is known to be safe and nothing else: quotes can hold names and so are left
out, dates are cut to the year, ids become numbers in the order of the results.
"""

import re
from collections.abc import Iterable
from typing import Any

from cds_service.fhir.elements import Json

_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_LINE = ("code", "units", "modifiers", "side", "vessels", "status", "rules", "alternatives")
_QUESTION = ("code", "side", "vessel", "reason", "territory", "codes")
WITHHELD = "withheld"


class Names:
    """Names for what must not be named: `patient-1`, `Procedure/2`. The same thing always has the same name."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def of(self, kind: str, real: str, mark: str = "-") -> str:
        """The name of a thing; nothing stays nothing."""
        if not real:
            return ""
        key = (kind, real)
        if key not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[key] = f"{kind}{mark}{self._counts[kind]}"
        return self._known[key]


def without_identifiers(document: Json, encounter: str) -> Json:
    """A decision document that names nobody; `encounter` is the name its encounter goes by."""
    names = Names()
    return {
        "knowledge": document["knowledge"],
        "sessions": [_session(s, encounter, names) for s in document["sessions"]],
        "unread": [{"resource": _resource(u["resource"], names), "text": WITHHELD} for u in document["unread"]],
    }


def _session(session: Json, encounter: str, names: Names) -> Json:
    day = session["date"] or ""
    year = day[:4]
    answer, draft = session["answer37257"], session["draft"]
    return {
        "encounter": f"Encounter/{encounter}" if encounter else None,
        "date": year or None,
        "timing": session["timing"],
        "siteOfService": {"pos": session["siteOfService"]["pos"], "basis": WITHHELD},
        "payers": [{k: p[k] for k in ("payer", "lineOfBusiness", "basis")} for p in session["payers"]],
        "treated": [_treated(t, names) for t in session["treated"]],
        "lines": [_only(_LINE, line) for line in session["lines"]],
        "answer37257": {
            "verdict": answer["verdict"],
            "units": answer["units"],
            "why": [{**w, "text": _dateless(w["text"], day)} for w in answer["why"]],
        },
        "draft": {
            "lines": [_draft(line, names) for line in draft["lines"]],
            "findings": [_finding(f, day, names) for f in draft["findings"]],
        },
        "questions": [_only(_QUESTION, q) for q in session["questions"]],
        "notes": [{**n, "text": _dateless(n["text"], day)} for n in session["notes"]],
    }


def _treated(treated: Json, names: Names) -> Json:
    shown = _only(("side", "territory", "vessel", "treatment", "lesion"), treated)
    evidence = [{"resource": _resource(e["resource"], names), "path": e["path"]} for e in treated["evidence"]]
    return {**shown, "evidence": list({tuple(e.values()): e for e in evidence}.values())}


def _draft(line: Json, names: Names) -> Json:
    return {**line, "modifiers": _modifiers(line["modifiers"]), "resource": _resource(line["resource"], names)}


def _finding(finding: Json, day: str, names: Names) -> Json:
    out = {**finding, "text": _dateless(finding["text"], day)}
    if "changes" in finding:
        out["changes"] = [_change(c, names) for c in finding["changes"]]
    return out


def _change(change: Json, names: Names) -> Json:
    out = dict(change)
    if "resource" in out:
        out["resource"] = _resource(out["resource"], names)
    if "modifiers" in out:
        out["modifiers"] = _modifiers(out["modifiers"])
    return out


def _resource(ref: str, names: Names) -> str:
    """Type and number of a resource, with the item it points at."""
    kind, _, rest = ref.partition("/")
    name, hash_mark, item = rest.partition("#item")
    return names.of(kind, name, "/") + hash_mark + item


def _modifiers(written: Iterable[str]) -> list[str]:
    """Modifiers; what a sender wrote in their place is not repeated."""
    return [m if _MODIFIER.fullmatch(m) else WITHHELD for m in written]


def _dateless(words: str, day: str) -> str:
    return words.replace(day, day[:4]) if day else words


def _only(keys: Iterable[str], value: Json) -> dict[str, Any]:
    return {k: value[k] for k in keys if k in value}
