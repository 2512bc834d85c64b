"""What can be wrong with a wish about an order."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class NoSuchOrder(NotFound):
    """There is no such order, or the caller may not see it."""

    code = "no-such-order"


class WrongState(Conflict):
    """The order has gone too far, or not far enough, for this."""

    code = "wrong-order-state"


class OrderRefTaken(Conflict):
    """The shop's own number stands for another order already."""

    code = "order-ref-taken"


class NoSuchLine(Invalid):
    """The order has no such line, or not that many units of it."""

    code = "no-such-line"
