"""Who owes whom for an order, and what that adds up to over a period. Pure."""

from .facts import ALLIANCE, LineFacts, OrderFacts, ParcelFacts, Terms, due
from .posting import MIRRORED, postings
from .statement import (
    Drift,
    Line,
    Period,
    Statement,
    Sum,
    Turnover,
    hours_drift,
    mirror_drift,
    partner_of,
    statement_drift,
    totals,
)

__all__ = [
    "ALLIANCE",
    "MIRRORED",
    "Drift",
    "Line",
    "LineFacts",
    "OrderFacts",
    "ParcelFacts",
    "Period",
    "Statement",
    "Sum",
    "Terms",
    "Turnover",
    "due",
    "hours_drift",
    "mirror_drift",
    "partner_of",
    "postings",
    "statement_drift",
    "totals",
]
