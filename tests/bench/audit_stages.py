"""Where the processor time of an audit goes: its stages one after the other, in one process.

Run as `python -m tests.bench.audit_stages [PROCEDURES]`. The audit itself spreads finding, gathering and deciding over
processes; what these cost together is a little more than here.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

BATCH = 64


def stages(procedures: int, folder: Path) -> Iterator[str]:
    """The stages of an audit, each named when it is behind."""
    from cds_service.advice import Preferences
    from cds_service.audit.local import House, Worker, make_ready
    from cds_service.audit.results import write_results
    from cds_service.audit.sources import files_of, portions_of
    from cds_service.audit.state import State
    from cds_service.audit.synthetic.export import generate
    from cds_service.picture import picture

    yield "imports"
    generate(procedures, 1, folder)
    yield ""
    house = House(folder=folder, code_map="", preferences=Preferences())
    make_ready(house)
    yield "knowledge, lexicons and models made ready"
    worker, state = Worker(house), State(folder)
    state.begin("stages")
    portions = portions_of(files_of([str(folder / "export")]))
    for portion in portions:
        worker.do("find", portion)
    state.index_hits()
    yield "find"
    for portion in portions:
        worker.do("gather", portion)
    state.index_kept()
    yield "gather"
    groups = list(state.undecided())
    for start in range(0, len(groups), BATCH):
        worker.do("decide", groups[start : start + BATCH])
    yield f"decide {len(groups)} patients"
    write_results(state, portions, folder, identifiers=False, picture=picture)
    yield "write"
    worker.close()
    state.close()


def main(procedures: int = 200_000) -> None:
    """Print the processor seconds of each stage."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        for stage in stages(procedures, Path(folder)):
            now = time.process_time()
            if stage:
                print(f"{stage:44} {now - before:7.2f} processor s")
            before = time.process_time()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
