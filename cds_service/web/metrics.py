"""What is counted, for Prometheus. Knows the names and labels, and how the counts of several processes become one.

Every label comes from a closed list; what a client may choose freely never becomes one, nor does anything of a chart.
The library decides when it is imported whether counts are kept in files that processes share: the server sets
PROMETHEUS_MULTIPROC_DIR before.
"""

import os
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["CONTENT_TYPE", "exposition"]

Metric = Counter | Gauge | Histogram
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0)
_OWN = CollectorRegistry()

REQUESTS = Counter(
    "iliac_cds_requests",
    "Requests answered, by service, hook and status.",
    ["service", "hook", "status"],
    registry=_OWN,
)
DURATION = Histogram(
    "iliac_cds_request_seconds",
    "Seconds from a request's first line to its answer.",
    ["service"],
    buckets=_SECONDS,
    registry=_OWN,
)
STAGE = Histogram("iliac_cds_stage_seconds", "Seconds by stage.", ["stage"], buckets=_SECONDS, registry=_OWN)
CARDS = Counter(
    "iliac_cds_cards", "Cards shown, by audience and verdict on 37257.", ["audience", "verdict"], registry=_OWN
)
RULES = Counter(
    "iliac_cds_card_rules",
    "Cards that rest on a rule, by rule and verdict on 37257.",
    ["rule", "verdict"],
    registry=_OWN,
)
SHED = Counter("iliac_cds_shed", "Calls sent away with 503 because the service was at its capacity.", registry=_OWN)
IN_FLIGHT = Gauge("iliac_cds_in_flight", "Requests under way.", multiprocess_mode="livesum", registry=_OWN)
INFO = Gauge(
    "iliac_cds_info",
    "1; the versions of the program and of its knowledge.",
    ["version", "knowledge"],
    multiprocess_mode="max",
    registry=_OWN,
)


@lru_cache(maxsize=1024)
def one(metric: Metric, *labels: str) -> Any:
    """The metric of these labels, which are few, and asked for by every request."""
    return metric.labels(*labels)


def exposition() -> bytes:
    """All counts of all processes, in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(_OWN)
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared)
