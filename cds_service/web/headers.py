"""What every answer carries beside its body: who in a browser may read it, and that nobody keeps or misreads it.

Knows CORS and response headers. Error answers carry them too: a browser-based client must see why it was refused.
"""

import re
from collections.abc import Sequence

from flask import Flask, Response, request
from flask_cors import CORS

_LOCALHOST = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"
_PREFLIGHT_SECONDS = 600
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def install_headers(app: Flask, origins: Sequence[str], *, localhost: bool) -> None:
    """Open the API to browser pages of these origins, and to those of this machine when `localhost` is set."""
    patterns = [*map(re.escape, origins), *([_LOCALHOST] if localhost else [])]
    if patterns:
        # The library matches the start of an origin only, and would list literal ones to whoever sends none.
        whole = [re.compile(rf"(?:{p})\Z", re.IGNORECASE) for p in patterns]
        CORS(
            app,
            resources={r"/cds-services.*": {"origins": whole}},
            allow_headers=["authorization", "content-type"],
            methods=["GET", "POST"],
            max_age=_PREFLIGHT_SECONDS,
            vary_header=False,
        )

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if patterns and request.path.startswith("/cds-services"):
            response.vary.add("Origin")
        return response
