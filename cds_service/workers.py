"""gunicorn as this service runs it: its options, its log, and workers whose patience ends.

Knows processes, sockets and seconds; nothing of requests. The application is built and warmed before the workers are
forked, so that they share its memory and none of them starts cold; what words a first request had no need of, each gets
ready beside its work.
"""

import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore, Thread
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker
from prometheus_client.multiprocess import mark_process_dead

from cds_service.counts import give_back, hold_room, memory_directory
from cds_service.knowledge.expression import compile_all
from cds_service.settings import Settings
from cds_service.web.tracing import start_tracing, stop_tracing

RECEIVING = 32
"""Threads beside those that work or wait: they receive, answer probes and send away what is too much."""
LINGERING = 16
"""Connections of a worker that may wait for their clients to hang up; one more is closed at once."""
KEPT = 75
"""Seconds an idle connection stays open: longer than a proxy keeps it, lest one be closed while a request comes in."""
_CALLER = 3  # a record's place is where gunicorn logs, not where it hands the record on
_BETWEEN = 0.002  # seconds from one expression to the next, four times what compiling one takes
STUCK, GRACE = 30, 20
"""Seconds after which a worker that shows no life is replaced, and those a stopping one has to finish its requests."""


class Receiving:
    """A connection that is read for so many seconds in all, however slowly it sends; then it counts as ended.

    `is_late`: it was not done by then, so that what it may still send belongs to a request that was answered.
    """

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection, self._left, self.is_late = connection, seconds, False

    def recv(self, size: int) -> bytes:
        start = time.monotonic()
        self._connection.settimeout(max(self._left, 0.001))
        try:
            return self._connection.recv(size)
        except TimeoutError:
            self.is_late = True
            return b""
        finally:
            self._left -= time.monotonic() - start
            self._connection.settimeout(None)


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker whose threads no client can hold: neither by sending slowly nor by not taking its answer."""

    def enqueue_req(self, conn: TConn) -> None:
        seconds = self.app.settings.receive_seconds
        if conn.parser is None:
            timeout = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader.sock = Receiving(conn.sock, seconds)
        super().enqueue_req(conn)

    def init_process(self) -> None:
        self._closers, self._places = ThreadPoolExecutor(LINGERING), Semaphore(LINGERING)
        Thread(target=compile_all, kwargs={"pause": _BETWEEN}, daemon=True).start()
        super().init_process()

    def finish_request(self, conn: TConn, fs: Future[object]) -> None:
        """After an answer that ends a connection, wait for the client to hang up beside the loop, which others need.

        gunicorn waits in its loop, two seconds for each client that does not: some dozens of them would hold a worker.
        """
        failed = fs.cancelled() or fs.exception() is not None
        if failed or (fs.result() and not conn.parser.unreader.sock.is_late):
            super().finish_request(conn, fs)
            return
        self.nr_conns -= 1
        if self._places.acquire(blocking=False):
            self._closers.submit(conn.close, graceful=True).add_done_callback(lambda _: self._places.release())
        else:
            conn.close()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept or not. A stopping worker takes who is at the door and shuts it: others go elsewhere at once."""
        super().set_accept_enabled(enabled)
        for listener in [] if self.alive else self.sockets:
            taken = -1
            while taken < self.nr_conns < self.worker_connections:
                taken = self.nr_conns
                self.accept(listener)
            listener.close()


class ProcessLog(Logger):  # type: ignore[misc]
    """gunicorn's word on its processes, written as the service's other lines are."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True

    def info(self, msg: str, *args: object, **kwargs: Any) -> None:
        super().info(msg, *args, stacklevel=_CALLER, **kwargs)

    def warning(self, msg: str, *args: object, **kwargs: Any) -> None:
        super().warning(msg, *args, stacklevel=_CALLER, **kwargs)

    def error(self, msg: str, *args: object, **kwargs: Any) -> None:
        super().error(msg, *args, stacklevel=_CALLER, **kwargs)

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:
        super().exception(msg, *args, stacklevel=_CALLER, **kwargs)


def options(settings: Settings, addresses: list[str], workers: int, *, prepare: Callable[[], None]) -> dict[str, Any]:
    """gunicorn's settings for these addresses; each worker calls `prepare` once before its first request."""

    def begin(_worker: object) -> None:
        hold_room()
        start_tracing()
        prepare()

    def bury(_server: object, worker: Any) -> None:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
        give_back(worker.pid)

    return {
        "bind": addresses,
        "workers": workers,
        "worker_class": Worker,
        "threads": settings.max_running + settings.max_waiting + RECEIVING,
        "preload_app": True,
        "timeout": STUCK,
        "graceful_timeout": GRACE,
        "keepalive": KEPT,
        "control_socket_disable": True,
        "worker_tmp_dir": memory_directory(),
        "logger_class": ProcessLog,
        "loglevel": "info" if settings.log_level == "debug" else settings.log_level,
        "post_worker_init": begin,
        "worker_exit": lambda _server, _worker: stop_tracing(),
        "child_exit": bury,
    }
