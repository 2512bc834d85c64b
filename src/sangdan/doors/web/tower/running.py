"""The pages from which the alliance is run."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from . import allies, closings, imports, jobs, network, network_change, notices, reviews, settlement, stock, webhooks
from .tables import pages_of

RUNNING: Final[Sequence[HTTPRouteHandler]] = (
    *pages_of(stock.SHELVES), *pages_of(stock.HISTORY), *stock.PAGES,
    *closings.PAGES, *(route for table in network.TABLES for route in pages_of(table)), *network_change.PAGES,
    *pages_of(allies.PARTNERS), *allies.PAGES,
    *pages_of(settlement.LINES), *settlement.PAGES,
    *jobs.PAGES, *pages_of(webhooks.ENDPOINTS), *pages_of(webhooks.DELIVERIES), *webhooks.PAGES,
    *imports.PAGES, *pages_of(notices.NOTICES), *notices.PAGES,
    *pages_of(reviews.REVIEWS),
)  # fmt: skip
