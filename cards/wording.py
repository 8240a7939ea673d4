"""The short sentences of cards, read from words.toml: data with an audience, an owner and a review date.

Knows where words stand and how they are filled in. Which of them fits is the card modules' business.
"""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def wordings() -> dict[str, Any]:
    """All of words.toml."""
    return tomllib.loads((files("cards") / "words.toml").read_text("utf-8"))


def say(kind: str, group: str, key: str, **values: object) -> str:
    """One sentence with its gaps filled.

    Raises:
        KeyError: there is no such sentence, or a gap of it has no value.
    """
    sentence: str = wordings()[kind][group][key]
    return sentence.format(**values)


def options(key: str) -> list[str]:
    """The options of a query in their fixed order, with the two that are always there; none for an unknown topic."""
    held = wordings()["clarification"]["options"]
    return [*held[key], *held["always"]] if key in held else []


def place_words(resource_kind: str) -> str:
    """What a clinician calls the place a quote comes from, by its FHIR resource type."""
    held: dict[str, str] = wordings()["clarification"]["place"]
    return held.get(resource_kind, held["other"])
