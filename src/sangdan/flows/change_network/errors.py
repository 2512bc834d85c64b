"""What can be wrong with a change of the network."""

from sangdan.kit.problems import Conflict, Invalid


class TermsUnfit(Invalid):
    """A term that cannot be."""

    code = "terms-unfit"


class TermsMoved(Conflict):
    """Somebody changed the same terms since they were looked at."""

    code = "terms-moved"


class ReasonMissing(Invalid):
    """A change that nobody gave a reason for."""

    code = "reason-missing"
