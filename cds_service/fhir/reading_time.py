"""What reading will cost, so that nothing is taken on that the deadline leaves no time for.

Knows prices, measured on a chart of 4000 diagnoses and on a dense note, and rounded up. Knows nothing of what is read.
"""

import time

SECONDS_AN_ENTRY = 2e-4
SECONDS_A_CHARACTER = 1e-5
# So much of one list or note is read whatever the time: a chart of ordinary size is worth a few milliseconds.
FREE_ENTRIES = 100
FREE_CHARACTERS = 10_000


class ReadingTime:
    """The time that is left for reading until a moment (monotonic seconds), and what of it is given away already."""

    def __init__(self, end: float) -> None:
        self._end, self._given = end, 0.0

    def takes_list(self, entries: int) -> bool:
        """True when there is time to read a list of so many entries; it is then given away."""
        return self._takes((entries - FREE_ENTRIES) * SECONDS_AN_ENTRY)

    def takes_text(self, characters: int) -> bool:
        """True when there is time to read a text of so many characters; it is then given away."""
        return self._takes((characters - FREE_CHARACTERS) * SECONDS_A_CHARACTER)

    def _takes(self, price: float) -> bool:
        price = max(0.0, price)
        if price and self._given + price > self._end - time.monotonic():
            return False
        self._given += price
        return True
