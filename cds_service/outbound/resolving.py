"""Looking up the addresses of a name, without waiting longer than there is time.

Knows the system's resolver, which cannot be stopped. A name is looked up once at a time, however many ask, so that a
resolver that hangs holds up one thread for each name on the allow-list and no more.
"""

import os
import socket
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any

Addresses = list[tuple[Any, ...]]

_LOCK = Lock()
# By process too: a lookup that was under way when a worker was forked never ends in that worker.
_UNDER_WAY: dict[tuple[int, str, int], Future[Addresses]] = {}


def addresses(host: str, port: int, seconds: float) -> Addresses:
    """What `socket.getaddrinfo` finds for a TCP connection, in its order.

    Raises:
        OSError: the name has no address, or it is not known within these seconds (TimeoutError).
    """
    key = (os.getpid(), host, port)
    with _LOCK:
        found = _UNDER_WAY.get(key)
        if found is None:
            found = _UNDER_WAY[key] = Future()
            Thread(target=_look_up, args=[key, found], daemon=True, name="resolving").start()
    return found.result(timeout=seconds)


def _look_up(key: tuple[int, str, int], found: "Future[Addresses]") -> None:
    _, host, port = key
    try:
        result = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception:  # odd names make it raise more than OSError, and somebody waits for an answer
        result = []
    with _LOCK:
        del _UNDER_WAY[key]
    if result:
        found.set_result(list(result))
    else:
        found.set_exception(OSError("the host has no address"))
