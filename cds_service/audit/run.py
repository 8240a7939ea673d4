"""A whole audit: paths in, files of results out. What the command line calls.

Knows which engine does the work and when the state may go. The vessel picture is handed in, or not drawn.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from cds_service.audit.crew import crew
from cds_service.audit.local import House, LocalEngine, Worker, fingerprint, make_ready
from cds_service.audit.progress import Progress
from cds_service.audit.results import Picture, Totals, write_results
from cds_service.audit.rows import KINDS
from cds_service.audit.sources import NoInput, files_of
from cds_service.audit.state import State
from cds_service.knowledge import load


class Busy(Exception):
    """Another audit has the folder; the message says so."""


def audit(
    paths: Sequence[str], house: House, *, workers: int, identifiers: bool, picture: Picture | None = None
) -> Totals:
    """Audit an export with the local engine into the house's folder; a run that was stopped there goes on.

    Raises:
        NoInput: nothing can be audited at the paths.
        Busy: another audit writes into the folder.
        KnowledgeProblem: the knowledge files or the site's code map are faulty.
    """
    files = [f for f in files_of(paths) if house.folder.resolve() not in f[0].parents]  # results may lie in the input
    if not files:
        raise NoInput(f"{house.folder}: all that is to be read lies in this folder; name another one for the results")
    house.folder.mkdir(parents=True, exist_ok=True)
    # hired before lock and state are opened: a worker must not hold the one nor copy a connection to the other
    with crew(partial(Worker, house), workers, partial(make_ready, house)) as work, alone(house.folder):
        try:
            with closing(State(house.folder)) as state:
                state.begin(fingerprint(files, load().version, house))
                portions = LocalEngine(Progress()).run(files, state, work)
                if not KINDS & set(state.kinds()):
                    kinds = ", ".join(sorted(KINDS))
                    raise NoInput(f"no line of {', '.join(paths)} is a resource that is audited ({kinds})")
                totals = write_results(state, portions, house.folder, identifiers=identifiers, picture=picture)
        except NoInput:
            remove_state(house.folder)
            raise
        remove_state(house.folder)
    return totals


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder for one audit at a time; the system lets go of it when the process ends, however it does.

    Raises:
        Busy: another audit writes there.
    """
    with (folder / f"{State.NAME}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{folder}: another audit writes there; wait for its end, or name another folder") from None
        yield


def remove_state(folder: Path) -> None:
    """The state holds chart data and is of no use once the results are written."""
    for path in folder.glob(f"{State.NAME}*"):
        path.unlink()
