"""The body of a request, within its limit.

Knows WSGI. What the body holds is `wire`'s business.
"""

from typing import BinaryIO

from flask import request
from werkzeug.exceptions import ClientDisconnected

from cds_service.web.wire import too_large

_CHUNK = 64 * 1024
_MOST_DRAINED = 128 * 1024 * 1024


def read_body(most_bytes: int) -> bytes:
    """The body; one over the limit is read on and thrown away, so that the client gets to see the answer.

    Raises:
        Problem: 413, it is over the limit.
    """
    stream, length = request.environ["wsgi.input"], request.content_length
    if length is None and not request.environ.get("wsgi.input_terminated"):
        return b""
    announced = most_bytes + 1 if length is None else length
    if announced <= most_bytes:
        return _whole(stream, length or 0)
    body: bytes = stream.read(most_bytes + 1) if length is None else b""
    if length is None and len(body) <= most_bytes:
        return body
    left = _MOST_DRAINED if length is None else min(length, _MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
        left -= len(chunk)
    raise too_large(most_bytes)


def _whole(stream: BinaryIO, length: int) -> bytes:
    """A body of known length, in one read: gunicorn copies what it has received and not yet handed on at every one.

    Raises:
        ClientDisconnected: the client went away in the middle of it.
    """
    pieces = []
    try:
        while length > 0 and (piece := stream.read(length)):
            pieces.append(piece)
            length -= len(piece)
    except (OSError, ValueError):
        raise ClientDisconnected from None
    if length > 0:
        raise ClientDisconnected
    return b"".join(pieces)
