"""Regular expressions that are compiled when they are first used: of all the words there are a record has few.

Knows Python's regular expressions. What they look for is their owner's business.
"""

import re
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from weakref import WeakSet

Found = re.Match[str] | None


class Expression:
    """A regular expression, used like a compiled one.

    Its first use takes the time of compiling it, about half a millisecond, and raises `re.error` where it is none.
    """

    def __init__(self, written: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.written = written
        self.flags = flags
        _ALL.add(self)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression as Python takes it."""
        return re.compile(self.pattern, self.flags)

    @cached_property
    def pattern(self) -> str:
        """The text that is compiled."""
        return self.written

    @cached_property
    def search(self) -> Callable[..., Found]:
        return self.compiled.search

    @cached_property
    def match(self) -> Callable[..., Found]:
        return self.compiled.match

    @cached_property
    def fullmatch(self) -> Callable[..., Found]:
        return self.compiled.fullmatch

    @cached_property
    def finditer(self) -> Callable[..., Iterator[re.Match[str]]]:
        return self.compiled.finditer

    @cached_property
    def findall(self) -> Callable[..., list[str]]:
        return self.compiled.findall

    @cached_property
    def sub(self) -> Callable[..., str]:
        return self.compiled.sub

    @cached_property
    def split(self) -> Callable[..., list[str]]:
        return self.compiled.split


_ALL: WeakSet[Expression] = WeakSet()


def compile_all(*, pause: float) -> None:
    """Compile every expression that was not used yet, with so many seconds for others after each of them."""
    for expression in list(_ALL):
        if "compiled" not in vars(expression):
            assert expression.compiled
            time.sleep(pause)
