"""Problems with settling that a caller can act on."""

from sangdan.kit.problems import Conflict, Invalid


class NoTerms(Conflict):
    """An ally takes part in an order, and nothing is agreed with it for that date."""

    code = "no-terms"


class BadPeriod(Invalid):
    """A period that ends before it begins."""

    code = "bad-period"


class PeriodOpen(Conflict):
    """A period that is not over cannot be closed."""

    code = "period-open"


class PeriodsOverlap(Conflict):
    """Part of the period was closed before, within another one."""

    code = "periods-overlap"
