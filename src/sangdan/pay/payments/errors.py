"""What can be wrong with a wish about a payment."""

from sangdan.kit.problems import Conflict, Invalid, NotFound, Unavailable


class NoSuchPayment(NotFound):
    """The order has no payment, or the caller may not see it."""

    code = "no-such-payment"


class NoSuchCall(NotFound):
    """The gateway answers a call that was never made."""

    code = "no-such-payment-call"


class WrongState(Conflict):
    """The payment has gone too far, or not far enough, for this."""

    code = "wrong-payment-state"


class TooMuch(Conflict):
    """More money than the payment still has to give."""

    code = "payment-too-small"


class CauseDiffers(Conflict):
    """The same cause was refunded before, with another amount."""

    code = "refund-differs"


class BadAmount(Invalid):
    """Amounts are whole minor units, and not negative."""

    code = "bad-amount"


class GatewayTimeout(Unavailable):
    """The gateway did not answer in time: whether it did what was asked is not known."""

    code = "gateway-timeout"
