"""The log: one line an event on standard error, as JSON or as text, and nothing of a chart in it whoever logs.

Our own records say what they say: they are written with closed vocabularies and numbers. Of any other library's record
only its origin is written, since its message may quote a URL, a header or a text; so is an exception: type and place.
gunicorn's word on its processes is the one exception, read by whoever keeps the service running.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

OURS = "cds_service"
_PROCESSES = ("arbiter", "sock")  # gunicorn's modules that never see a request


class Lines(logging.Formatter):
    """Records as lines; `as_json` or as `name=value`."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        fields = {"at": at, "level": record.levelname.lower(), "process": record.process, **_said(record)}
        if self._as_json:
            return json.dumps(fields, ensure_ascii=False)
        return " ".join(f"{name}={_plain(value)}" for name, value in fields.items())


class _StandardError(logging.StreamHandler[Any]):
    """Standard error. A line that cannot be written, as on a full disk, is dropped without a word: what Python would
    say of it quotes the record. The next line does not go on where half of that one may stand.
    """

    _torn = False

    def format(self, record: logging.LogRecord) -> str:
        start, self._torn = "\n" if self._torn else "", False
        return start + super().format(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        self._torn = True


def _said(record: logging.LogRecord) -> dict[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {}) if _is_ours(record) else {}
    out: dict[str, Any] = {"event": _event(record), **fields}
    if record.exc_info and record.exc_info[1] is not None:
        out["error"] = what_and_where(record.exc_info[1])
    return out


def _event(record: logging.LogRecord) -> str:
    if _is_ours(record):
        return record.getMessage()
    if record.name == "gunicorn.error" and record.module in _PROCESSES:
        return " ".join(record.getMessage().split("\n")[0].split())
    return f"{record.name}: withheld, {record.module}:{record.lineno}"


def _is_ours(record: logging.LogRecord) -> bool:
    """Flask writes under the bare name of the package; what it says may quote a path."""
    return record.name.startswith(f"{OURS}.")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{k}:{v}" for k, v in value.items())
    if isinstance(value, list):
        return ",".join(str(v) for v in value)
    return str(value)


def what_and_where(error: BaseException) -> str:
    """An exception by type and by the innermost place of our own code, or of any where we have no part in it.

    Its message is left out: it may quote the chart.
    """
    frames = traceback.extract_tb(error.__traceback__)
    mine = [f for f in frames if {OURS, "cards"} & set(PurePath(f.filename).parts)]
    place = (mine or frames)[-1:]
    return type(error).__name__ + "".join(f" at {PurePath(f.filename).name}:{f.lineno} in {f.name}" for f in place)


def start_logging(level: str, form: str) -> None:
    """Send every record of this process and its children to standard error, from `level` on, as `json` or `text`.

    Warnings of Python's own kind go the same way. Other libraries are heard from WARNING on.
    """
    handler = _StandardError(sys.stderr)
    handler.setFormatter(Lines(as_json=form == "json"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, getattr(logging, level.upper())))
    logging.getLogger(OURS).setLevel(level.upper())
    logging.captureWarnings(capture=True)
