"""Port numbers for servers that the tests start on the loopback address."""

import os
import random
import socket
from itertools import cycle

_WORKERS = 64
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_OURS = range(20_000 + _WORKER, 32_000, _WORKERS)
_NEXT = cycle(random.sample(_OURS, len(_OURS)))


def free_port() -> int:
    """A TCP port that nothing listens on, and that neither the system nor another pytest worker hands out meanwhile.

    A port the system chose (port 0) may be given to somebody else as soon as it is let go, and a test that polls it
    then calls a stranger. So these lie below the range it chooses from (from 32768 up on Linux), each worker's apart,
    and none comes twice before all have come. OSError when every one is taken.
    """
    for port in (next(_NEXT) for _ in _OURS):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port of {_OURS} is free")
