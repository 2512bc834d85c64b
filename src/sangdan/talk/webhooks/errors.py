"""What can be wrong with webhooks."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class NoSuchEndpoint(NotFound):
    """There is no such endpoint, or it is not the asker's."""

    code = "no-such-endpoint"


class EndpointExists(Conflict):
    """The asker has an endpoint with this address already."""

    code = "endpoint-exists"


class EndpointOff(Conflict):
    """The endpoint is switched off: nothing is sent to it."""

    code = "endpoint-off"


class UrlUnfit(Invalid):
    """An address to which no webhook is sent."""

    code = "webhook-url-unfit"


class NoSuchDelivery(NotFound):
    """The event was not sent to this endpoint within the last month."""

    code = "no-such-delivery"


class TooManyEndpoints(Conflict):
    """The asker has as many endpoints as it may."""

    code = "too-many-endpoints"


class TooManyReplays(Conflict):
    """As many replays of the endpoint wait as may."""

    code = "too-many-replays"
