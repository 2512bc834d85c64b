"""Figures for Prometheus: those of this process are counted as they happen, those of the database read when asked."""

from datetime import datetime
from typing import Final, LiteralString

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from .db import Conn, one

registry: Final = CollectorRegistry()

requests_total: Final = Counter(
    "sangdan_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
)
request_seconds: Final = Histogram(
    "sangdan_http_request_seconds",
    "Time to answer, until the last byte is handed to the server.",
    ["method", "route"],
    registry=registry,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
problems_total: Final = Counter("sangdan_problems", "Problems told to callers, by code.", ["code"], registry=registry)
webhooks_total: Final = Counter(
    "sangdan_webhooks", "Webhooks sent by this process, by outcome: taken or failed.", ["outcome"], registry=registry
)
webhooks_waiting: Final = Gauge("sangdan_webhooks_waiting", "Webhooks that are still to be taken.", registry=registry)
webhooks_dead: Final = Gauge(
    "sangdan_webhooks_dead_endpoints", "Endpoints switched off because they took nothing.", registry=registry
)
facts_waiting: Final = Gauge("sangdan_facts_waiting", "Facts whose reactions have not run.", registry=registry)
facts_oldest_seconds: Final = Gauge(
    "sangdan_facts_oldest_seconds", "Age of the oldest fact that waits.", registry=registry
)
picture_looks: Final = Counter(
    "sangdan_picture_looks", "Questions for stock, by who answered: picture or database.", ["by"], registry=registry
)
picture_age_seconds: Final = Gauge(
    "sangdan_picture_age_seconds", "Age of this machine's picture of the stock; NaN without one.", registry=registry
)
timers_overdue: Final = Gauge("sangdan_timers_overdue", "Timers that are due and have not run.", registry=registry)

BACKLOG: Final[LiteralString] = """
    SELECT (SELECT count(*) FROM kit.outbox) AS facts,
           (SELECT min(at) FROM kit.outbox) AS oldest_at,
           (SELECT count(*) FROM kit.timer WHERE due_at <= %(at)s) AS timers
"""


class Backlog(msgspec.Struct, frozen=True):
    """Work that waits for the worker."""

    facts: int
    oldest_at: datetime | None
    timers: int


async def backlog(conn: Conn, at: datetime) -> Backlog:
    """What waits in the database at `at`."""
    return await one(conn, Backlog, BACKLOG, at=at)


def show(waiting: Backlog | None, at: datetime) -> bytes:
    """Everything counted, in Prometheus' text format.

    waiting  None while the database is away: its figures are then unknown, not zero
    """
    unknown = float("nan")
    facts_waiting.set(waiting.facts if waiting else unknown)
    timers_overdue.set(waiting.timers if waiting else unknown)
    if waiting is None:
        facts_oldest_seconds.set(unknown)
    else:
        facts_oldest_seconds.set((at - waiting.oldest_at).total_seconds() if waiting.oldest_at else 0)
    return generate_latest(registry)
