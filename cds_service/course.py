"""The course of one request: how long each stage took and what may be said of it in logs and metrics.

Knows names from closed lists only: stages, services, hooks, issuers on the allow-list. Must never hold chart data, a
token, or any other text a client may choose freely. Whoever does the work marks where a stage ends; outside a request
a mark does nothing, so the command line pays nothing.
"""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

STAGES = ("auth", "receive", "wait", "parse", "fetch", "read", "decide", "cards", "compare", "store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One card that was shown: to whom, the verdict on 37257 and the rules it rests on (a query has neither)."""

    audience: str
    verdict: str = ""
    rules: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Course:
    """One request under way. `start`, when it came, and `marks` are monotonic seconds; `began` is ns since 1970."""

    id: str
    began: int = field(default_factory=time.time_ns)
    start: float = field(default_factory=time.monotonic)
    marks: list[tuple[str, float]] = field(default_factory=list)
    service: str = ""
    hook: str = ""
    issuer: str = ""
    cards: tuple[Shown, ...] = ()

    def stages(self) -> dict[str, float]:
        """Seconds by stage, in the order they ended; a stage that was passed twice counts once, summed up."""
        found: dict[str, float] = {}
        last = self.start
        for stage, end in self.marks:
            found[stage] = found.get(stage, 0.0) + end - last
            last = end
        return found


COURSE: ContextVar[Course | None] = ContextVar("course", default=None)


def mark(stage: str) -> None:
    """End a stage of the request that this thread serves: all since the last mark belongs to it."""
    course = COURSE.get()
    if course is not None:
        course.marks.append((stage, time.monotonic()))


def note(*, service: str = "", hook: str = "", issuer: str = "", cards: tuple[Shown, ...] = ()) -> None:
    """Say which service and hook, which authenticated issuer, and which cards the request of this thread is of."""
    course = COURSE.get()
    if course is not None:
        course.service, course.hook = service or course.service, hook or course.hook
        course.issuer, course.cards = issuer or course.issuer, cards or course.cards
