"""Problems with what somebody wants to import, as a whole. A bad row is no problem: it goes to the rejects."""

from sangdan.kit.problems import Invalid


class KindUnknown(Invalid):
    """There is no import of that name."""

    code = "import-kind-unknown"


class HeaderWrong(Invalid):
    """Columns are missing, unknown, or there twice."""

    code = "import-header-wrong"
