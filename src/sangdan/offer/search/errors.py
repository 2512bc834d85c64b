"""Problems with searching that a caller can act on."""

from sangdan.kit.problems import Conflict, Unavailable


class SearchMissing(Conflict):
    """The libraries that searching needs are not installed."""

    code = "search-missing"


class SearchBuilding(Unavailable):
    """There is no index yet: it is being made."""

    code = "search-building"


class SearchOff(Conflict):
    """The operator keeps no index."""

    code = "search-off"
