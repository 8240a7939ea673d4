"""The report for a terminal, and as CSV for a spreadsheet.

Knows columns and widths. The CSV has one row for each case and subject, so that every table can be made from it.
"""

import csv
import io
from collections.abc import Sequence

from cds_service.outcomes.tally import Count, Tally, first_day, reason_name, step_of, subjects_of
from cds_service.stores.history import History

_HEADS = ("cards", "shown", "accepted", "overridden", "no answer")
CSV_HEADS = ("period", "audience", "subject", "outcome", "reason", "reason_system", "reason_code", "times_shown")


def as_text(counted: Tally, title: str) -> str:
    """The report as a person reads it."""
    if not counted.audiences and not counted.strays:
        return f"{title}: no card was shown.\n"
    reasons = [(f"{r.audience}: {r.name}", r.cards) for r in counted.reasons]
    parts = [
        f"{title}\n",
        _table("audience", counted.audiences),
        _table("rule or question", counted.subjects),
        _grid(("reason for overriding", "cards"), reasons),
        _table(f"{counted.step} of first showing", counted.periods),
    ]
    if counted.strays:
        parts.append(f"Feedback on cards nobody remembers: {counted.strays}\n")
    return "\n".join(part for part in parts if part)


def _table(head: str, counts: Sequence[Count]) -> str:
    return _grid((head, *_HEADS), [(c.name, c.cards, c.times, c.accepted, c.overridden, c.silent) for c in counts])


def _grid(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as they need to be, numbers to the right; empty without rows."""
    if not rows:
        return ""
    cells = [tuple(heads), *(tuple(str(v) for v in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    lines = []
    for row in cells:
        numbers = (value.rjust(width) for value, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join((row[0].ljust(widths[0]), *numbers)))
    return "\n".join(lines) + "\n"


def as_csv(history: History) -> str:
    """One row for each case and each of its subjects, and one with the subject `(card)` for the case itself."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADS)
    step = step_of(history.cases)
    for case in history.cases:
        period = first_day(case.first.date(), step).isoformat()
        answer = case.answer
        reason = answer.reason if answer else None
        told = reason_name(answer, case.audience) if answer and answer.outcome == "overridden" else ""
        coded = (reason.system, reason.code) if reason else ("", "")
        outcome = answer.outcome if answer else "no answer"
        for subject in ("(card)", *subjects_of(case)):
            writer.writerow((period, case.audience, subject, outcome, told, *coded, case.times))
    for stray in history.strays:
        coded = (stray.reason.system, stray.reason.code) if stray.reason else ("", "")
        told = reason_name(stray, "") if stray.outcome == "overridden" else ""
        writer.writerow(("", "unknown card", "(card)", stray.outcome, told, *coded, ""))
    return out.getvalue()
