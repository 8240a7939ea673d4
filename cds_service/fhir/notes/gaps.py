"""Long gaps in a note: shortened before it is read, and put back into the quotes.

Knows white space. Many words may stand apart by any of it, and looking for such words takes a time that grows with the
square of a gap; no layout needs one as long.
"""

import bisect
import re
from dataclasses import dataclass, replace

from cds_service.fhir.notes.saying import Quote
from cds_service.fhir.notes.told import Told

_KEPT = 64
_GAP = re.compile(rf"\s{{{2 * _KEPT + 3},}}")


@dataclass(frozen=True, slots=True)
class Shortened:
    """A `text` without the middle of its long gaps, with "today" for its own day, and the `whole`.

    `places` are where something is missing, sorted, and `missing` how much it is up to each of them, in characters.
    """

    text: str
    whole: str
    places: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()

    def put_back(self, told: Told) -> Told:
        """What the text tells, quoted from the whole."""
        if self.text == self.whole:
            return told
        return replace(
            told,
            quotes=tuple(map(self._quote, told.quotes)),
            lesions=tuple(replace(x, quote=self._quote(x.quote)) for x in told.lesions),
            failed=self._if_any(told.failed),
            bridging=self._if_any(told.bridging),
            other_side=self._if_any(told.other_side),
        )

    def _if_any(self, quote: Quote | None) -> Quote | None:
        return self._quote(quote) if quote is not None else None

    def _quote(self, quote: Quote) -> Quote:
        start, end = self._place(quote.start), self._place(quote.end)
        is_whole = self.text.startswith(self.whole[start:end], quote.start)
        return Quote(start=start, end=end, words=quote.words if is_whole else self.whole[start:end].rstrip())

    def _place(self, at: int) -> int:
        before = bisect.bisect_right(self.places, at)
        return at + self.missing[before - 1] if before else at


def shortened(text: str) -> Shortened:
    """The text with gaps of some hundred characters at most; each still parts lines or paragraphs that it parted."""
    parts: list[str] = []
    places: list[int] = []
    missing: list[int] = []
    end = length = 0
    for gap in _GAP.finditer(text):
        first, last = gap.start() + _KEPT, gap.end() - _KEPT
        ends = "\n" * min(2, text.count("\n", first, last))
        parts += [text[end:first], ends]
        length += first - end + len(ends)
        end = last
        places.append(length)
        missing.append(last - length)
    return Shortened("".join((*parts, text[end:])), text, tuple(places), tuple(missing))
