"""All SQL of the orders room: one statement, one function, no decisions."""

from .members import BULK_MEMBERS, birth_year, forget_member
from .proof import drift, ended
from .references import refer, referred
from .rows import (
    add_parcel,
    locked,
    lose,
    order,
    orders_of_parcels,
    page,
    parcels,
    parcels_by,
    parcels_on,
    promised_days,
    reduce,
    rest,
    see,
    step,
    step_parcels,
    terms_of,
)
from .waiting import Waiting, waiting

__all__ = [
    "BULK_MEMBERS",
    "Waiting",
    "add_parcel",
    "birth_year",
    "drift",
    "ended",
    "forget_member",
    "locked",
    "lose",
    "order",
    "orders_of_parcels",
    "page",
    "parcels",
    "parcels_by",
    "parcels_on",
    "promised_days",
    "reduce",
    "refer",
    "referred",
    "rest",
    "see",
    "step",
    "step_parcels",
    "terms_of",
    "waiting",
]
