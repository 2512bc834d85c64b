"""What can be wrong with a wish about stock."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class OutOfStock(Conflict):
    """The shelf cannot cover the units."""

    code = "out-of-stock"


class NoSuchReservation(NotFound):
    """There is no such reservation, or it has ended."""

    code = "no-such-reservation"


class NoSuchInbound(NotFound):
    """There is no such inbound supply on that node."""

    code = "no-such-inbound"


class NoSuchRule(NotFound):
    """There is no such rule of the stock."""

    code = "no-such-stock-rule"


class BadUnits(Invalid):
    """Units must be whole and within bounds."""

    code = "bad-units"


class UnitsReserved(Conflict):
    """Units that are promised to somebody cannot be taken off a shelf by hand."""

    code = "units-reserved"
