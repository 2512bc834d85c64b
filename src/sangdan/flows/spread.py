"""What is spread over several machines, and what is not (decisions/0009).

What grows with every order lies by the order: each statement on it names one, and so goes to one machine. What is
locked lies on the coordinator: shelves and hours, which one order takes from several nodes in one fixed order; the
ledger; the facts and their queue, whose trigger writes the feed; timers and notices, claimed with SKIP LOCKED. So does
what these are joined with: goods, prices, the network, people. No statement on the workers reads any of it.
"""

from typing import Final

from sangdan.kit.citus import Layout, Reference

LAYOUT: Final = Layout(
    column="order_id",
    distributed=(
        "orders.order",
        "orders.line",
        "orders.parcel",
        "orders.parcel_line",
        "orders.purchase",
        "promise.promise",
        "promise.outcome",
        "payments.payment",
        "payments.call",
        "delivery.parcel",
        "delivery.tracking",
    ),
    # A line's rate_id names one, and amounts of several currencies are summed up where the lines lie.
    replicated=("kit.exchange_rate",),
    references=(
        Reference("call_order_id_fkey", "payments.call", ("order_id",), "payments.payment"),
        Reference(
            "tracking_order_id_parcel_id_fkey", "delivery.tracking", ("order_id", "parcel_id"), "delivery.parcel"
        ),
    ),
)
