"""Problems with reviews that a caller can act on."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class BadReview(Invalid):
    """Stars outside of 1 to 5, no text, or too much of it."""

    code = "bad-review"


class NotReviewable(Conflict):
    """Nothing of the line has arrived, or all of it was taken off the order: only what one has can be reviewed."""

    code = "not-reviewable"


class ReviewExists(Conflict):
    """This purchase was reviewed before."""

    code = "review-exists"


class NoSuchReview(NotFound):
    """There is no review of that id, or not one of the asker's own shop."""

    code = "no-such-review"


class NoReason(Invalid):
    """Who hides a review says why."""

    code = "review-without-reason"
