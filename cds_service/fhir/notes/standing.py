"""Where a reader stands in a note: section, labels and line, and whether anything there can matter.

Knows places in the text, no words. What opens a section or a label is the layout's business.
"""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.fhir.notes.lines import Span
from cds_service.fhir.notes.rare import Cues
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon

_AT_WORK, _WORK_TOLD = cue("at-work"), cue("work-told")
_LEG_VESSEL = cue("leg-vessel")


@dataclass(slots=True, kw_only=True)
class Standing:
    """The text and how far it was read.

    `content` and `matter` are sorted places of words that say what was found or done, and of words that can change
    what the text tells. `head`, `leg` and `block` are the labels that hold; `labelled`: one of them matters and no
    passage told it yet. `inline`: the section was opened on a line of its own text. `begun`: the way in was told.
    """

    text: str
    lexicon: Lexicon
    cues: Cues
    content: Sequence[int]
    matter: Sequence[int]
    section: str = ""
    inline: bool = False
    head: Span | None = None
    leg: Span | None = None
    block: Span | None = None
    labelled: bool = False
    paragraph: int = 0
    number: int = 0
    mark: str = ""
    begun: bool = False

    def stand_under(self, *, head: Span | None, leg: Span | None, block: Span | None) -> None:
        """From here on these labels hold."""
        self.head, self.leg, self.block = head, leg, block
        self.labelled = any(self.matters(*span) for span in (head, leg, block) if span is not None)

    def holds_content(self, start: int, end: int) -> bool:
        """True when a word of a lesion or a treatment stands there."""
        return _any_within(self.content, start, end)

    def is_at_work(self, section: str, start: int, end: int) -> bool:
        """True for a sentence that tells of work, or of a vessel: it no longer belongs to the heading in its line."""
        if section == "other" and self.head and self.text[self.head[0] :][:4].lower() == "date":
            return False
        if section == "other":
            return self.holds_content(start, end) and bool(_LEG_VESSEL.search(self.text, start, end))
        if section == "indication" and _WORK_TOLD.match(self.text, start, end):
            return True
        if section == "result":
            return bool(_NEXT_VESSEL.match(self.text, start, end) and not _AFTER_ALL.search(self.text, start, end))
        return section in ("history", "indication", "consent") and bool(_AT_WORK.search(self.text, start, end))

    def matters(self, start: int, end: int) -> bool:
        """True when a word there can change what the text tells."""
        return _any_within(self.matter, start, end)

    def is_idle(self, start: int, end: int) -> bool:
        """True when neither the words there nor the labels above them matter, nor can they end a section."""
        return not (self.inline or self.labelled or _any_within(self.matter, start, end))


def _any_within(places: Sequence[int], start: int, end: int) -> bool:
    at = bisect.bisect_left(places, start)
    return at < len(places) and places[at] < end


_NEXT_VESSEL = cue("next-vessel")
_AFTER_ALL = re.compile(
    r"\b(?:residual|remain\w*|still|again|re-?(?:stenos|occlu)\w*|thrombos\w*|untreated|not|no|unchanged|final|completion)\b",
    re.IGNORECASE,
)
