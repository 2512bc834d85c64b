"""What can be wrong at the counter."""

from sangdan.kit.problems import Conflict


class CodeWrong(Conflict):
    """The code is not the one that the shopper was given for this parcel."""

    code = "pickup-code-wrong"
