"""What can be wrong at the pages."""

from sangdan.doors.problems import DoorProblem
from sangdan.kit.problems import Conflict, NotFound


class NotSignedIn(DoorProblem):
    """Nobody is signed in here, or no longer."""

    code = "not-signed-in"
    status = 401


class NotFromHere(DoorProblem):
    """Another site's page made the browser send this."""

    code = "not-from-here"
    status = 403


class TooManyTries(DoorProblem):
    """Too many wrong keys from one address."""

    code = "too-many-tries"
    status = 429


class NoSuchScene(NotFound):
    """There is no scene of that name on this server."""

    code = "no-such-scene"


class ScenesBusy(Conflict):
    """As many scenes play as may at once."""

    code = "scenes-busy"


class NoControls(NotFound):
    """This server runs on real time: its speed cannot be set."""

    code = "no-controls"
