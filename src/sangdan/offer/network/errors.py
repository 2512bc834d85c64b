"""Problems with places that a caller can act on."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class PostcodeMalformed(Invalid):
    """A postcode that is not five digits."""

    code = "postcode-malformed"


class PostcodeUnknown(Invalid):
    """Five digits that no zone delivers to."""

    code = "postcode-unknown"


class NodeUnknown(NotFound):
    """A node id that the network does not have."""

    code = "node-unknown"


class CalendarUnknown(NotFound):
    """A calendar id that the network does not have."""

    code = "calendar-unknown"


class OutageEndsBefore(Invalid):
    """An outage that would end before it begins."""

    code = "outage-ends-before"


class OutageNone(Conflict):
    """The node works, and none of its goods are in quarantine."""

    code = "outage-none"


class LaneUnknown(NotFound):
    """A lane id, or a carrier, that the network does not have."""

    code = "lane-unknown"


class ClosingEndsBefore(Invalid):
    """A closing that would end before it begins."""

    code = "closing-ends-before"


class ClosingNone(Conflict):
    """The lane, or the carrier, is open."""

    code = "closing-none"


class NodeOut(Conflict):
    """The node is out of service: nothing can be held on it."""

    code = "node-out"
