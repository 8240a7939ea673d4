"""What stands around the records of a form: titles, days, and whose work it is. It can put them all in question.

Knows lines and fields that belong to no vessel.
"""

import re
from dataclasses import dataclass, field

from cds_service.fhir.notes.fields import Field
from cds_service.knowledge.cues import cue

_WHOSE, _AHEAD, _STANDING = cue("form-whose"), cue("form-ahead"), cue("form-standing")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{2,4}")
_LETTERS = re.compile(r"[a-z]+")
_LONGEST_TITLE = 60
_NEAREST = 2


@dataclass(slots=True)
class Surroundings:
    """The titles above the first record, and what tells patients, days and hands apart, by its key."""

    titles: list[str] = field(default_factory=list)
    whose: dict[str, set[str]] = field(default_factory=dict)
    odd: bool = False

    def see_field(self, said: Field, value: str, *, begun: bool, within: bool) -> None:
        """Take in a field; `begun`: records came before it, `within`: it may be one of theirs."""
        key = " ".join(_LETTERS.findall(said.key.lower()))
        if _WHOSE.fullmatch(key):
            self.whose.setdefault(key, set()).add(value.lower())
        elif _STANDING.fullmatch(key) and not within:
            self.odd = self.odd or bool(_AHEAD.search(value))
        elif not value and not begun:
            self.titles.append(said.key)

    def see_line(self, words: str, *, begun: bool) -> None:
        """Take in a line without fields."""
        if len(words) > _LONGEST_TITLE:
            return
        if found := _DATE.search(words):
            self.whose.setdefault("", set()).add(found.group())
        if not begun:
            self.titles.append(words)

    @property
    def is_open(self) -> bool:
        """True where a title tells of work to come, or the work of several patients, days or hands is told."""
        near = (*self.titles[:_NEAREST], *self.titles[-_NEAREST:])
        several = any(len(values) > 1 for values in self.whose.values())
        return self.odd or several or any(_AHEAD.search(title) for title in near)
