"""What can be wrong with a wish about a parcel on its way."""

from sangdan.kit.problems import NotFound


class NoSuchParcel(NotFound):
    """No such parcel was handed over, or the caller does not carry it."""

    code = "no-such-parcel"
