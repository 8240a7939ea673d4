"""Connections that keep two promises: only to a permitted address, and not beyond the time of the flight they serve.

Knows urllib3 and sockets. The address that was checked is the one connected to, so a name that changes its address in
between gains nothing; certificate and Host are still those of the name.
"""

import logging
import socket
import time
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from cds_service.outbound.servers import Server

# It logs URLs, and they name patients.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


class Flight:
    """One call: to which server, until when (monotonic seconds), and over which connection just now."""

    def __init__(self, server: Server, end: float) -> None:
        self.server = server
        self._end = end
        self._lock = Lock()
        self._connection: HTTPConnection | None = None

    def left(self) -> float:
        """Seconds that are left; 0 when the time is over."""
        return max(0.0, self._end - time.monotonic())

    def takes(self, connection: HTTPConnection | None) -> None:
        """Say which connection serves the flight; None at its end."""
        with self._lock:
            self._connection = connection

    def stop(self) -> None:
        """End the flight from another thread: whatever waits for the connection gets an error at once."""
        with self._lock:
            self._end = 0.0
            sock = self._connection.sock if self._connection else None
            if sock is not None:
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


FLIGHT: ContextVar[Flight] = ContextVar("flight")


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _take(self)
        super().request(*args, **kwargs)


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _take(self)
        super().request(*args, **kwargs)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS = {"http": _PlainPool, "https": _SecurePool}


class InTime(Retry):
    """Retries that end with the flight. Only a call that got no answer is tried again; reading twice does no harm."""

    def increment(self, *args: Any, **kwargs: Any) -> "InTime":
        if not FLIGHT.get().left():
            raise ConnectTimeoutError("no time is left")
        return super().increment(*args, **kwargs)


def _take(connection: HTTPConnection) -> None:
    flight = FLIGHT.get()
    flight.takes(connection)
    if not flight.left():
        raise ConnectTimeoutError("no time is left")


def _connected(connection: HTTPConnection) -> socket.socket:
    """A socket to the first permitted address of the connection's host that answers."""
    flight = FLIGHT.get()
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NewConnectionError(connection, "the host has no address") from None
    for family, kind, protocol, _, address in found:
        if not flight.server.permits(str(address[0])):
            continue
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(flight.left() or 0.001)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError:
            sock.close()
            continue
        return sock
    raise NewConnectionError(connection, "no permitted address of the host answers")
