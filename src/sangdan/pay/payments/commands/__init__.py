"""The verbs of payments. Each locks the payment, so that answers and wishes come one after the other."""

from ..queries import drift
from .answers import ask_again, give_up, record, unanswered
from .wishes import call_off, charge_fee, payment, request_capture, request_refund

__all__ = [
    "ask_again",
    "call_off",
    "charge_fee",
    "drift",
    "give_up",
    "payment",
    "record",
    "request_capture",
    "request_refund",
    "unanswered",
]
