"""What can be wrong with a wish about a parcel on its way."""

from sangdan.kit.problems import Invalid, NotFound


class NoSuchParcel(NotFound):
    """No such parcel was handed over, or the caller does not carry it."""

    code = "no-such-parcel"


class UnknownState(Invalid):
    """Not a state of a parcel on its way."""

    code = "unknown-tracking-state"
