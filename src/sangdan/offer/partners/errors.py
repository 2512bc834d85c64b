"""Problems with allies and contracts that a caller can act on."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class PartnerUnknown(NotFound):
    """A partner id that the alliance does not have."""

    code = "partner-unknown"


class NoContract(Conflict):
    """Nothing was agreed with a partner for a date."""

    code = "no-contract"


class ContractsOverlap(Conflict):
    """Two contracts of one partner would be valid on the same date."""

    code = "contracts-overlap"


class BadContract(Invalid):
    """Terms that cannot be."""

    code = "bad-contract"
