"""Problems with what somebody wants to import, as a whole. A bad row is no problem: it goes to the rejects."""

from sangdan.kit.problems import Conflict, Invalid


class KindUnknown(Invalid):
    """There is no import of that name."""

    code = "import-kind-unknown"


class HeaderWrong(Invalid):
    """Columns are missing, or nobody knows them."""

    code = "import-header-wrong"


class ImportRunning(Conflict):
    """Two processes import the same file at the same time."""

    code = "import-running"
