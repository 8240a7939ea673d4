"""What a command takes from files and standard input, and how it gives up: one line on standard error, status 2.

Knows the terminal. What the input means is the service's business.
"""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from cds_service.settings import Settings


def settings_in_force() -> "Settings":
    """The settings of the environment; gives up on a faulty one."""
    from cds_service.settings import InvalidSettings, read_settings

    try:
        return read_settings()
    except InvalidSettings as error:
        give_up(str(error))


def read(path: str) -> bytes:
    """A file's bytes; `-` is standard input. Gives up on what cannot be read."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        give_up(f"{path}: cannot be read ({error.strerror or 'no such file'})")


def read_object(path: str, settings: "Settings") -> dict[str, Any]:
    """A file's JSON object; gives up on what is none."""
    from cds_service.local import Refused, parsed

    try:
        return parsed(read(path), settings)
    except Refused as error:
        give_up(f"{path}: {error}")


def request_of(path: str, value: dict[str, Any]) -> dict[str, Any]:
    """A hook request, or the request that a Bundle or a resource counts as. Gives up on the rest."""
    from cds_service.advice import NEITHER, as_request

    found = as_request(value)
    return give_up(f"{path}: {NEITHER}") if found is None else found


def print_json(values: list[Any]) -> None:
    """One value as it is, several as an array."""
    shown = values[0] if len(values) == 1 else values
    say(json.dumps(shown, indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """Print a text in which a chart's words may stand: signs that steer a terminal or turn its lines are spelt out."""
    click.echo(_STEERING.sub(lambda m: f"\\u{ord(m[0]):04x}", text))


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def give_up(text: str) -> NoReturn:
    """End with status 2 and one line on standard error."""
    click.echo(f"iliac-cds: {text}", err=True)
    sys.exit(2)
