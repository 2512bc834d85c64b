"""Problems a caller can act on. Only the doors know how each kind is told (RFC 9457 over HTTP, an exit code)."""

from typing import Any, ClassVar


class Problem(Exception):
    """Something that the caller asked for cannot be done, and why.

    detail  one English sentence: what, where and how to mend it
    args    what the sentence speaks of, JSON-able; the doors render the text again in the caller's language
    """

    code: ClassVar[str] = "problem"

    def __init__(self, detail: str, **args: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: dict[str, Any] = args


class Invalid(Problem):
    """What was sent makes no sense, whatever the state of the world."""

    code = "invalid"


class NotFound(Problem):
    """There is no such thing, or the caller may not know that there is."""

    code = "not-found"


class Conflict(Problem):
    """It makes sense, but not as the world stands now."""

    code = "conflict"


class Forbidden(Problem):
    """The caller is known, and may not do this."""

    code = "forbidden"


class TooOften(Problem):
    """It was asked for more often than one may; `wait_s` tells how long to wait."""

    code = "too-often"


class Unavailable(Problem):
    """It would work, but not at this moment: try again."""

    code = "unavailable"
