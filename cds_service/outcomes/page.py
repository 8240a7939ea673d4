"""The report as one HTML file: plots as SVG, each with its numbers in a table. No script, nothing fetched.

Knows the template. What comes from clients, the code of another's reason, is escaped there like everything else.
"""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from cds_service.outcomes.plots import of_periods, of_reasons, of_subjects
from cds_service.outcomes.tally import Tally


def as_html(counted: Tally, title: str, *, meanings: dict[str, str], made: datetime) -> str:
    """The page; `meanings` says what a rule means, by its id."""
    environment = Environment(
        loader=PackageLoader("cds_service.outcomes", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        title=title,
        counted=counted,
        subjects=of_subjects(counted.subjects),
        reasons=of_reasons(counted.reasons),
        periods=of_periods(counted.periods),
        meanings=meanings,
        made=made.strftime("%Y-%m-%d %H:%M UTC"),
    )
