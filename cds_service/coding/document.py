"""The decision document: the public JSON form of a `CodingDecision`, as the README's interface chapter fixes it.

Knows names and order of the public keys, nothing of how a decision comes about.
"""

from typing import Any

from cds_service.coding.anatomy import Territory
from cds_service.coding.decision import CodingDecision, SessionDecision
from cds_service.coding.facts import DraftLine, Evidence, Payer, TreatedVessel
from cds_service.coding.findings import Change, ChangeKind, Finding
from cds_service.coding.lines import Line
from cds_service.coding.questions import Question


def document(decision: CodingDecision) -> dict[str, Any]:
    """The whole decision as JSON-ready data; absent facts are null, as the interface says."""
    return {
        "knowledge": decision.knowledge,
        "sessions": [session_document(s) for s in decision.sessions],
        "unread": [{"resource": u.resource, "text": u.text} for u in decision.unread],
    }


def session_document(decided: SessionDecision) -> dict[str, Any]:
    """One session of the decision document."""
    session = decided.session
    return {
        "encounter": session.encounter,
        "date": session.date.isoformat() if session.date else None,
        "timing": session.timing.value,
        "siteOfService": {"pos": session.site.pos, "basis": session.site.basis},
        "payers": [_payer(p) for p in session.payers],
        "treated": [row for f in session.treated if f.done for row in _treated(f)],
        "lines": [line_document(x) for x in decided.lines],
        "answer37257": answer_document(decided),
        "draft": {
            "lines": [_draft(d) for d in session.draft],
            "findings": [finding_document(f) for f in decided.findings],
        },
        "questions": [_question(q) for q in decided.questions],
        "notes": [{"rule": n.rule, "codes": list(n.codes), "text": n.text} for n in decided.notes],
    }


def line_document(line: Line) -> dict[str, Any]:
    """One line; `alternatives` are what it would be if what is unclear went another way."""
    out: dict[str, Any] = {
        "code": line.code,
        "units": line.units,
        "modifiers": list(line.modifiers),
        "side": line.side.value if line.side else None,
        "vessels": [v.value for v in line.vessels],
        "status": line.status.value,
        "rules": list(line.rules),
    }
    if line.alternatives:
        out["alternatives"] = list(line.alternatives)
    return out


def answer_document(decided: SessionDecision) -> dict[str, Any]:
    """The argued answer on 37257."""
    answer = decided.answer
    why = [{"rule": w.rule, "text": w.text, "source": w.source} for w in answer.why]
    return {"verdict": answer.verdict.value, "units": answer.units, "why": why}


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding, with the changes that mend it in words a machine can follow."""
    out: dict[str, Any] = {
        "code": finding.code.value,
        "rule": finding.rule,
        "codes": list(finding.codes),
        "text": finding.text,
    }
    if finding.side:
        out["side"] = finding.side.value
    if finding.changes:
        out["changes"] = [
            {
                "change": c.kind.value,
                **({"resource": reference(c.draft)} if c.draft else {}),
                **_target(c),
            }
            for c in finding.changes
        ]
    return out


def _target(change: Change) -> dict[str, Any]:
    """What the line is to be after a change; nothing for a line that goes."""
    if change.kind is ChangeKind.REMOVE:
        return {}
    code = change.line.code if change.line else change.draft.code if change.draft else ""
    modifiers = change.modifiers or (change.line.modifiers if change.line else ())
    return {"code": code, "modifiers": list(modifiers), "units": change.units}


def reference(draft: DraftLine) -> str:
    """Where a draft line stands: ChargeItem/id, or Claim/id#item[n] for an item of a Claim."""
    return draft.resource if draft.item is None else f"{draft.resource}#item[{draft.item}]"


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """One piece of evidence."""
    out: dict[str, Any] = {"resource": evidence.resource, "path": evidence.path, "quote": evidence.quote}
    if evidence.date:
        out["date"] = evidence.date
    if evidence.offset is not None:
        out["offset"] = evidence.offset
    return out


def _treated(fact: TreatedVessel) -> list[dict[str, Any]]:
    """One row per vessel and treatment; lithotripsy is a row of its own."""
    row = {
        "side": fact.side.value if fact.side else None,
        "territory": fact.territory.value,
        "vessel": fact.vessel.value if fact.vessel else None,
        "treatment": fact.treatment.value if fact.treatment else None,
        "lesion": fact.lesion.value if fact.lesion else None,
        "evidence": [evidence_document(e) for e in fact.evidence],
    }
    if not fact.lithotripsy:
        return [row]
    extra = {**row, "treatment": "lithotripsy"}
    return [extra] if fact.treatment is None else [row, extra]


def _payer(payer: Payer) -> dict[str, str]:
    return {"payer": payer.identity.value, "lineOfBusiness": payer.line.value, "basis": payer.basis}


def _draft(draft: DraftLine) -> dict[str, Any]:
    return {
        "code": draft.code,
        "units": draft.units,
        "modifiers": list(draft.modifiers),
        "resource": reference(draft),
    }


def _question(question: Question) -> dict[str, Any]:
    out: dict[str, Any] = {
        "code": question.code.value,
        "side": question.side.value if question.side else None,
        "vessel": question.vessel.value if question.vessel else None,
        "reason": question.reason,
    }
    if question.territory not in (None, Territory.ILIAC):
        out["territory"] = question.territory.value if question.territory else None
    if question.codes:
        out["codes"] = list(question.codes)
    return out
