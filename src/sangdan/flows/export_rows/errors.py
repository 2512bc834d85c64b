"""What can be wrong with an export."""

from sangdan.kit.problems import Forbidden, Invalid, NotFound


class ResourceUnknown(NotFound):
    """Nothing of that name can be exported."""

    code = "export-unknown"


class ResourceForbidden(Forbidden):
    """The asker's role has no part in it."""

    code = "export-forbidden"


class ExportTimeless(Invalid):
    """Rows without a time of their own cannot be chosen by time."""

    code = "export-timeless"
