"""What can be wrong with a wish about a person."""

from sangdan.kit.problems import Conflict, Forbidden, Invalid, NotFound


class NoSuchShopper(NotFound):
    """Nothing is known of this shopper, or not to the caller."""

    code = "no-such-shopper"


class NoRecipient(NotFound):
    """Nobody was named to receive the order."""

    code = "no-recipient"


class WasErased(Conflict):
    """The shopper was erased: whoever comes back gets a new id."""

    code = "shopper-erased"


class TooLateForRecipient(Conflict):
    """The order is on the floor already: its label may be printed."""

    code = "recipient-too-late"


class PersonUnfit(Invalid):
    """A phone number, an e-mail address or a clearance code cannot be one."""

    code = "person-unfit"


class ShopUnclear(Invalid):
    """Several shops know a shopper of this id, and none was named."""

    code = "shopper-shop-unclear"


class ReasonNeeded(Forbidden):
    """Reading in the clear asks for a reason here."""

    code = "reason-needed"


class MemberExists(Conflict):
    """Somebody signs in with this e-mail address already."""

    code = "member-exists"


class NoSuchAddress(NotFound):
    """The member has no such address, or no longer."""

    code = "no-such-address"


class BookFull(Conflict):
    """The address book holds as many addresses as one may have."""

    code = "address-book-full"
