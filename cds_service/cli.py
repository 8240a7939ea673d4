"""The command line: thin. Exit status 0 done, 1 something was found, 2 the input or the call was unusable."""

import gc
import sys
from datetime import datetime
from typing import Any

import click

from cds_service import __version__
from cds_service.knowledge.loader import KnowledgeProblem, cpt_notice, load, problems
from cds_service.terminal import give_up, print_json, read, read_object, request_of, say, settings_in_force


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"iliac-cds {__version__}, knowledge {load().version}\n{cpt_notice()}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main() -> None:
    """Explainable coding support for iliac revascularization (CDS Hooks)."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535), help="Port to bind.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Worker processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Run the production server."""
    gc.disable()  # what a start makes stays: the server collects when it is ready
    from cds_service.server import CannotStart, run

    try:
        run(host, port, workers)
    except CannotStart as error:
        give_up(str(error))


@main.command()
@click.option("--port", default=5000, show_default=True, type=click.IntRange(0, 65535), help="Port to bind.")
def sandbox(port: int) -> None:
    """Run the service with the try-it page, without authentication, on this machine only."""
    from cds_service.server import CannotStart, run_sandbox

    try:
        run_sandbox(port)
    except CannotStart as error:
        give_up(str(error))


@main.command()
@click.argument("paths", metavar="REQUEST.json...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the CDS Hooks response.")
def check(paths: tuple[str, ...], as_json: bool) -> None:
    """Run hook requests through the service and print the cards."""
    from cds_service.local import Refused, call
    from cds_service.report import cards_text

    settings, answers = settings_in_force(), []
    for path in paths:
        try:
            answers.append((path, call(read(path), settings)))
        except Refused as error:
            give_up(f"{path}: {error}")
        except KnowledgeProblem as error:
            give_up(str(error))
    if as_json:
        print_json([a for _, a in answers])
        return
    for path, answer in answers:
        say(cards_text(path, answer))


@main.command()
@click.argument("paths", metavar="REQUEST.json...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the decision document.")
@click.option("--svg", "as_svg", is_flag=True, help="Print the vessel picture of one request.")
def explain(paths: tuple[str, ...], as_json: bool, as_svg: bool) -> None:
    """Print the coding decision of hook requests, Bundles or resources, with its evidence."""
    if as_svg and (as_json or len(paths) > 1):
        give_up("--svg prints one picture: give one request, and not --json as well")
    from cds_service.advice import shipped_adviser
    from cds_service.coding.document import document
    from cds_service.report import decision_text
    from cds_service.settings import preferences

    settings = settings_in_force()
    try:
        adviser = shipped_adviser(settings.code_map, preferences(settings))
    except KnowledgeProblem as error:
        give_up(str(error))
    decisions = [(path, document(adviser.decide(request_of(path, read_object(path, settings)))[1])) for path in paths]
    if as_svg:
        from cds_service.picture import picture

        click.echo(picture(decisions[0][1]))
        return
    if as_json:
        print_json([d for _, d in decisions])
        return
    for path, found in decisions:
        say(decision_text(path, found))


@main.command()
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--out", required=True, help="Folder for the results; with Spark any URL it can write to.")
@click.option("--engine", default="local", show_default=True, type=click.Choice(["local", "spark"]), help="What works.")
@click.option("--master", default="", help="Spark's master URL; without it, what Spark itself is set to.")
@click.option(
    "--workers", default=0, type=click.IntRange(0, 256), help="Worker processes.  [default: one for each core]"
)
@click.option(
    "--with-identifiers", is_flag=True, help="Write ids, dates and quotes; without it the results name nobody."
)
@click.option(
    "--generate", type=click.IntRange(1), metavar="N", help="Write a synthetic export of N Procedures instead."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the synthetic export.")
def audit(paths: tuple[str, ...], generate: int | None, seed: int, **options: Any) -> None:
    """Audit the charges of a FHIR Bulk Data export (NDJSON files or folders)."""
    try:
        from cds_service.audit import command
    except ModuleNotFoundError as error:
        give_up(f"the audit needs {error.name}; install iliac-cds[audit]")
    try:
        lines = (
            command.generated(generate, seed, options["out"])
            if generate
            else command.audited(paths, command.Options(**options), settings_in_force())
        )
    except (command.Unusable, KnowledgeProblem) as error:
        give_up(str(error))
    except KeyboardInterrupt:
        click.echo("iliac-cds: stopped; the same command goes on where this one ended", err=True)
        sys.exit(130)
    for line in lines:
        click.echo(line)


@main.group()
def knowledge() -> None:
    """The knowledge files."""


@knowledge.command()
def validate() -> None:
    """Check the knowledge files, and the site's code map where one is set; a fault names file and row."""
    from cds_service.knowledge.code_map import read_code_map

    path = settings_in_force().code_map
    try:
        faults = problems()
        site, wrong = read_code_map(path) if path and not faults else (None, [])
        faults += wrong
    except (OSError, KnowledgeProblem) as error:
        give_up(str(error))
    for fault in faults:
        click.echo(fault)
    if faults:
        click.echo(f"{len(faults)} faults.")
        sys.exit(1)
    loaded = load()
    click.echo(
        f"Knowledge {loaded.version}: {len(loaded.codes)} codes ({len(loaded.family)} of the 2026 family), "
        f"{len(loaded.rules)} rules, {len(loaded.policies)} payer policies "
        f"({sum(p.verified for p in loaded.policies)} verified), {len(loaded.sources)} sources. No fault."
    )
    if site is not None:
        click.echo(f"Code map {path}: {len(site.concepts)} codes. No fault.")


@main.group()
def db() -> None:
    """The store's database."""


@db.command(name="upgrade")
def db_upgrade() -> None:
    """Make the store's tables, or bring them up to this version."""
    from cds_service.stores.opening import upgraded_database_at
    from cds_service.stores.protocols import StoreFault

    try:
        database, before, after = upgraded_database_at(settings_in_force().place)
    except StoreFault as error:
        give_up(str(error))
    done = "is up to date at" if before == after else f"went from revision {before} to" if before else "was made at"
    click.echo(f"The store {database.name} {done} revision {after}.")


@main.group()
def feedback() -> None:
    """What users did with the cards they were shown."""


@feedback.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day, in UTC.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, in UTC.")
@click.option("--csv", "to_csv", is_flag=True, help="Print CSV in place of the table.")
@click.option("--html", "page", metavar="FILE", type=click.Path(dir_okay=False), help="Write a page with plots too.")
def report(since: datetime | None, until: datetime | None, to_csv: bool, page: str | None) -> None:
    """Count what was shown, accepted and overridden, by rule, reason and time."""
    from cds_service.outcomes.reporting import NoReport, report_on

    try:
        click.echo(report_on(settings_in_force().place, since=since, until=until, as_rows=to_csv, page=page), nl=False)
    except NoReport as error:
        give_up(str(error))


@feedback.command()
@click.argument("uuid")
def card(uuid: str) -> None:
    """Tell of one card, by its uuid: when it was shown, by which rules and knowledge, and how it was answered."""
    from cds_service.outcomes.one_card import told_of
    from cds_service.outcomes.reporting import NoReport

    try:
        click.echo(told_of(settings_in_force().place, uuid), nl=False)
    except NoReport as error:
        give_up(str(error))
