"""All SQL of the orders room: one statement, one function, no decisions."""

from .bound import Bound, bound_for
from .concerned import AskedFor, Planned, asked_for, concerned
from .listing import ORDERS, Listed, listed
from .members import BULK_MEMBERS, birth_year, forget_member, of_shopper
from .proof import drift, ended
from .purchases import bind, together
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
    "ORDERS",
    "AskedFor",
    "Bound",
    "Listed",
    "Planned",
    "Waiting",
    "add_parcel",
    "asked_for",
    "bind",
    "birth_year",
    "bound_for",
    "concerned",
    "drift",
    "ended",
    "forget_member",
    "listed",
    "locked",
    "lose",
    "of_shopper",
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
    "together",
    "waiting",
]
