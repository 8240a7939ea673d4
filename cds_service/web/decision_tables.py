"""The decision document as tables: what was treated, the lines, the answer on 37257 and its reasons, the doubts.

Knows the keys of the public document and words for its stable codes. Decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cds_service.web.tables import Cell, Table, cell, table

_VERDICTS = {"yes": "37257 applies", "review": "Whether 37257 applies is open", "no": "37257 does not apply"}
_TREATED = ("Side", "Vessel", "Treatment", "Lesion", "Evidence")
_LINES = ("Code", "Units", "Side", "Vessels", "Status", "Rules")
_DRAFT = ("Code", "Units", "Charge")
_FINDINGS = ("Finding", "Codes", "What differs", "Rule")
_QUESTIONS = ("Question", "Side", "Vessel", "Why it is asked", "Codes it decides between")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One session: its verdict as a stable word and as a sentence, the reasons, and the tables around them."""

    title: str
    place: str
    payers: str
    verdict: str
    answer: str
    reasons: Table
    facts: tuple[Table, ...]
    doubts: tuple[Table, ...]


def session_views(document: dict[str, Any]) -> tuple[SessionView, ...]:
    """The sessions of a decision document."""
    return tuple(_session(s) for s in document["sessions"])


def unread_table(document: dict[str, Any]) -> Table:
    """What could not be read, and why."""
    rows = ((cell(u["resource"]), cell(u["text"])) for u in document["unread"])
    return table("Not read", ("Resource", "Why"), rows)


def _session(session: dict[str, Any]) -> SessionView:
    answer, site, draft = session["answer37257"], session["siteOfService"], session["draft"]
    units = f", {_counted(answer['units'])}" if answer["units"] else ""
    where = f"{session['encounter'] or 'encounter not recorded'}, {session['date'] or 'day not recorded'}"
    whys = ((cell(w["rule"]), cell(w["text"]), cell(w["source"])) for w in answer["why"])
    agrees = "The draft agrees with the record." if draft["lines"] else "No finding."
    return SessionView(
        title=f"{where}, {session['timing']}",
        place=f"{site['pos'] or 'not settled'} ({site['basis']})",
        payers="; ".join(_payer(p) for p in session["payers"]) or "not known",
        verdict=answer["verdict"],
        answer=f"{_VERDICTS[answer['verdict']]}{units}",
        reasons=table("Reasons", ("Rule", "Reason", "Source"), whys),
        facts=(
            table("Treated vessels", _TREATED, map(_treated, session["treated"]), "No treated vessel was read."),
            table("Lines the record calls for", _LINES, map(_line, session["lines"]), "No line."),
        ),
        doubts=(
            table("Draft as read", _DRAFT, map(_drafted, draft["lines"])),
            table("Findings on the draft", _FINDINGS, map(_finding, draft["findings"]), agrees),
            table("Questions", _QUESTIONS, map(_question, session["questions"]), "No question is open."),
            table("Notes", ("Rule", "Note"), _notes(session)),
        ),
    )


def _payer(payer: dict[str, Any]) -> str:
    return f"{payer['payer']}, line of business {_plain(payer['lineOfBusiness'])} ({payer['basis']})"


def _treated(fact: dict[str, Any]) -> tuple[Cell, ...]:
    quotes = (f"{e['resource']} {e['path'].split('.', 1)[-1]}: \u201c{e['quote']}\u201d" for e in fact["evidence"])
    vessel = fact["vessel"] or f"{fact['territory']}, segment not recorded"
    return (
        _word(fact["side"]),
        _word(vessel),
        _word(fact["treatment"]),
        _word(fact["lesion"]),
        cell(*quotes),
    )


def _line(line: dict[str, Any]) -> tuple[Cell, ...]:
    codes = [line["code"], *line.get("alternatives", ())]
    code = cell(" or ".join(dict.fromkeys("-".join((c, *line["modifiers"])) for c in codes)))
    vessels = cell(*(_plain(v) for v in line["vessels"]))
    return (
        code,
        cell(str(line["units"])),
        _word(line["side"]),
        vessels,
        _word(line["status"]),
        cell(*line["rules"]),
    )


def _drafted(line: dict[str, Any]) -> tuple[Cell, ...]:
    return cell("-".join((line["code"], *line["modifiers"]))), cell(str(line["units"])), cell(line["resource"])


def _finding(finding: dict[str, Any]) -> tuple[Cell, ...]:
    return _word(finding["code"]), cell(*finding["codes"]), cell(finding["text"]), cell(finding["rule"])


def _question(question: dict[str, Any]) -> tuple[Cell, ...]:
    codes = cell(", ".join(question.get("codes", ())))
    vessel = _word(question["vessel"] or question.get("territory"))
    return _word(question["code"]), _word(question["side"]), vessel, _word(question["reason"]), codes


def _notes(session: dict[str, Any]) -> Iterator[tuple[Cell, ...]]:
    return ((cell(n["rule"]), cell(n["text"])) for n in session["notes"])


def _word(code: str | None) -> Cell:
    return cell(_plain(code) if code else "not recorded")


def _plain(code: str) -> str:
    return code.replace("-", " ")


def _counted(units: int) -> str:
    return f"{units} unit{'s' if units != 1 else ''}"
