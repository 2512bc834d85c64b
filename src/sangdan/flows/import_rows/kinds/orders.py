"""Orders that a shop took elsewhere. No room takes their rows as they are: flows.import_orders places them."""

from typing import Final, get_args

from sangdan.offer.promise.model import Service
from sangdan.offer.promise.model.basket import MOST_UNITS

from ..cells import code, currency, one_of, postcode, text, whole
from .goods import SKU
from .kind import Column, Form
from .people import PARTNER

# What the rows of one order say of the whole order.
SHARED: Final = ("shopper_id", "postcode", "service", "currency", "birth_year")

ORDERS: Final = Form(
    "orders",
    "a line of an order that a shop took elsewhere",
    (
        Column("order_ref", text(100), "the shop's own number of the order", "call-20261121-0007"),
        Column("line_no", whole(1), "its place among the order's lines; empty: as in the file", "1", need=False),
        Column("shopper_id", code(), "who ordered", "m-000123"),
        Column("postcode", postcode(), "where it goes", "04524"),
        Column("sku", code(), "what", "tee-101-m-white", refers=SKU),
        Column("units", whole(1, MOST_UNITS), "how many", "2"),
        Column("seller_id", code(), "from whom; empty: from anybody", "hanbit", need=False, refers=PARTNER),
        Column(
            "service",
            one_of(*get_args(Service)),
            "how it should come; empty: the cheapest delivery, the soonest of equals, never pickup",
            "next_day",
            need=False,
        ),
        Column("currency", currency(), "in which the shopper pays", "KRW", need=False, default="KRW"),
        Column(
            "birth_year",
            whole(1900, 2100),
            "the shopper's, for age limits; empty: the member's, where one is known",
            "1991",
            need=False,
        ),
    ),
    key=("order_ref", "line_no"),
    notes=(
        f"rows of one order_ref are one order: they agree in {', '.join(SHARED)}, and are taken or rejected together",
        "orders are promised and placed in the order of the file, each in a transaction of its own, at today's prices",
        "an order that was imported before is left as it is; with other content its rows are rejected",
    ),
)
