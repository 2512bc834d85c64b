"""What can be wrong with a wish about a basket that is held."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class NoSuchHold(NotFound):
    """There is no such hold of the caller's, or it has ended."""

    code = "no-such-hold"


class TooManyHolds(Conflict):
    """The client holds as much as one client may: others want to sell, too."""

    code = "too-many-holds"


class HeldAlready(Conflict):
    """The promise is held: the hold there is can be taken or released."""

    code = "held-already"


class BasketFull(Conflict):
    """The basket holds as many different goods as one order can."""

    code = "basket-full"


class UnitsUnfit(Invalid):
    """So many units nobody orders: less than none, or more than a line may hold."""

    code = "units-unfit"


class ChoiceGone(Conflict):
    """What was looked at is not what the basket stands for any more: another page chose something else."""

    code = "choice-gone"
