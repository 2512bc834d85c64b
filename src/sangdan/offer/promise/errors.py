"""What can be wrong with a promise that somebody takes."""

from sangdan.kit.problems import Conflict, Forbidden, Invalid, NotFound, Unavailable


class PromiseAltered(Invalid):
    """The token is not as we gave it out."""

    code = "promise-altered"


class PromiseForeign(Forbidden):
    """The promise was given to another shop."""

    code = "promise-foreign"


class PromiseExpired(Conflict):
    """The promise stood only for a while, and that is over."""

    code = "promise-expired"


class PromiseOutdated(Conflict):
    """The rules changed between the promise and its taking, so it cannot be computed again."""

    code = "promise-outdated"


class BasketSize(Invalid):
    """A basket without lines, or with more than can be promised at once."""

    code = "basket-size"


class BadQuantity(Invalid):
    """Units that nobody orders: none, less than none, or more than any order may hold."""

    code = "bad-quantity"


class MixedSellers(Invalid):
    """The same SKU is wished for from any seller and from a certain one."""

    code = "mixed-sellers"


class NotForSale(Conflict):
    """No seller offers this SKU now, or not this one."""

    code = "not-for-sale"


class NoRate(Conflict):
    """The only offers are in currencies that cannot be converted now."""

    code = "no-exchange-rate"


class NoWay(Conflict):
    """No service can bring the basket there; the counted reasons say why."""

    code = "no-way"


class NoSuchPromise(NotFound):
    """No promise was taken for this order."""

    code = "no-such-promise"


class SolverMissing(Unavailable):
    """What solves the problem is not installed."""

    code = "solver-missing"
