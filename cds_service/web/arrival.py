"""When a request arrived: its deadline counts from here, whatever is done with it first.

Knows the application's order of steps: noting comes before all others.
"""

import time

from flask import Flask, g


def note_arrivals(app: Flask) -> None:
    """Note when each request arrives. Put on an app before anything else that looks at requests."""
    app.before_request(_note)


def arrival() -> float:
    """When the request of this context arrived, in monotonic seconds."""
    moment: float = g.arrival
    return moment


def _note() -> None:
    g.arrival = time.monotonic()
