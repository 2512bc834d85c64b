"""What can be wrong at the pages."""

from sangdan.doors.problems import DoorProblem
from sangdan.kit.problems import Conflict, NotFound, Unavailable


class NotSignedIn(DoorProblem):
    """Nobody is signed in here, or no longer."""

    code = "not-signed-in"
    status = 401


class NotFromHere(DoorProblem):
    """Another site's page made the browser send this."""

    code = "not-from-here"
    status = 403


class SomebodyElse(DoorProblem):
    """The app on the device was opened by another person than the one who is signed in now."""

    code = "somebody-else"
    status = 403


class SignInWrong(DoorProblem):
    """The name, the password or the key is wrong; which of them, is not told."""

    code = "sign-in-wrong"
    status = 401


class SignInStale(DoorProblem):
    """Whoever changes how they come in has signed in just before."""

    code = "sign-in-stale"
    status = 403


class NoPasskeysHere(DoorProblem):
    """The server is reached under a number, or nobody told it its name: devices make no passkeys for that."""

    code = "no-passkeys-here"
    status = 409


class NoSuchPage(DoorProblem):
    """No page is at the address that somebody opened."""

    code = "no-such-page"
    status = 404


class LinkSpent(DoorProblem):
    """A link that lets in once was used already, or its time is over."""

    code = "link-spent"
    status = 410


class NoSuchScene(NotFound):
    """There is no scene of that name on this server."""

    code = "no-such-scene"


class ScenesBusy(Conflict):
    """As many scenes play as may at once."""

    code = "scenes-busy"


class PastCancelling(Conflict):
    """The order is on the floor already, or it is over."""

    code = "order-past-cancelling"


class NoControls(NotFound):
    """This server runs on real time: its speed cannot be set."""

    code = "no-controls"


class PictureNotReady(Unavailable):
    """The live picture is being read for the first time, or the database is away."""

    code = "picture-not-ready"
