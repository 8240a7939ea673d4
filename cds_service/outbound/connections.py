"""Connections that keep two promises: only to a permitted address, and not beyond the time of the flight they serve.

Knows urllib3 and sockets. The address that was checked is the one connected to, so a name that changes its address in
between gains nothing; certificate and Host are still those of the name.
"""

import logging
import socket
import ssl
import time
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProtocolError
from urllib3.util.ssl_ import create_urllib3_context

from cds_service.outbound.resolving import addresses
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
        """Say which connection serves the flight; None as soon as another flight may have it."""
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
    def connect(self) -> None:
        if self.ca_certs:
            self.ssl_context, self.ca_certs = _trusting(self.ca_certs), None
        super().connect()

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _take(self)
        super().request(*args, **kwargs)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain

    def _put_conn(self, conn: Any) -> None:
        _give_back()
        super()._put_conn(conn)


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure

    def _put_conn(self, conn: Any) -> None:
        _give_back()
        super()._put_conn(conn)


POOLS = {"http": _PlainPool, "https": _SecurePool}


class InTime(Retry):
    """Retries that end with the flight. Only a call without a byte of an answer is tried again; it only reads."""

    def increment(self, *args: Any, **kwargs: Any) -> "InTime":
        if not FLIGHT.get().left():
            raise ConnectTimeoutError("no time is left")
        error = kwargs.get("error")
        if isinstance(error, ProtocolError) and not isinstance(error.args[-1], ConnectionError):
            raise error
        return super().increment(*args, **kwargs)


@lru_cache(maxsize=8)
def _trusting(authorities: str) -> ssl.SSLContext:
    """What a file of authorities vouches for; reading it takes longer than a call does."""
    context = create_urllib3_context()
    context.load_verify_locations(authorities)
    return context


def _take(connection: HTTPConnection) -> None:
    flight = FLIGHT.get()
    flight.takes(connection)
    if not flight.left():
        raise ConnectTimeoutError("no time is left")


def _give_back() -> None:
    """The connection of this flight is free for another one, and must not be stopped with this one any more."""
    if flight := FLIGHT.get(None):
        flight.takes(None)


def _connected(connection: HTTPConnection) -> socket.socket:
    """A socket to the first permitted address of the connection's host that answers, each given its share of time."""
    flight = FLIGHT.get()
    flight.takes(connection)
    try:
        found = addresses(connection.host, connection.port, flight.left())
    except OSError:
        raise NewConnectionError(connection, "the host has no address in time") from None
    permitted = [a for a in found if flight.server.permits(str(a[4][0]))]
    for untried, (family, kind, protocol, _, address) in zip(range(len(permitted), 0, -1), permitted, strict=True):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(flight.left() / untried or 0.001)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError:
            sock.close()
            continue
        # From here on the flight can be stopped over this socket; that it was stopped before is seen here.
        connection.sock = sock
        if not (left := flight.left()):
            sock.close()
            break
        sock.settimeout(left)
        return sock
    raise NewConnectionError(connection, "no permitted address of the host answers")
