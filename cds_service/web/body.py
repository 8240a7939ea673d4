"""The body of a request, within its limit.

Knows WSGI. What the body holds is `wire`'s business.
"""

from flask import request

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
        return request.get_data(cache=False)
    body: bytes = stream.read(most_bytes + 1) if length is None else b""
    if length is None and len(body) <= most_bytes:
        return body
    left = _MOST_DRAINED if length is None else min(length, _MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
        left -= len(chunk)
    raise too_large(most_bytes)
