"""What can be wrong with a wish about a notice."""

from sangdan.kit.problems import Conflict, NotFound


class NoSuchNotice(NotFound):
    """No such notice, or another shop's."""

    code = "no-such-notice"


class NoSuchTemplate(NotFound):
    """No template of that name."""

    code = "no-such-template"


class NoticeNotOver(Conflict):
    """Only what failed or was suppressed can be sent again; the rest is on its way or arrived."""

    code = "notice-not-over"
