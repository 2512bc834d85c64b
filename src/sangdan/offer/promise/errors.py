"""What can be wrong with a promise that somebody takes."""

from sangdan.kit.problems import Conflict, Forbidden, Invalid, NotFound


class PromiseAltered(Invalid):
    """The token is not as we gave it out."""

    code = "promise-altered"


class PromiseForeign(Forbidden):
    """The promise was given to another shop."""

    code = "promise-foreign"


class PromiseExpired(Conflict):
    """The promise stood only for a while, and that is over."""

    code = "promise-expired"


class NoSuchPromise(NotFound):
    """No promise was taken for this order."""

    code = "no-such-promise"
