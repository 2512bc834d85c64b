"""What can be wrong with a wish about the floor."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class NoSuchTask(NotFound):
    """The node has no task for this parcel."""

    code = "no-such-task"


class WrongState(Conflict):
    """The parcel has gone too far on the floor, or not far enough, for this."""

    code = "wrong-task-state"


class BadCount(Invalid):
    """What was found must be told for every line, and cannot be more than was asked for."""

    code = "bad-count"


class NodeFull(Conflict):
    """The node has promised all it can handle in that hour."""

    code = "node-full"


class NoPrefix(Conflict):
    """The node has no GS1 prefix to number its parcels with."""

    code = "no-gs1-prefix"


class PrefixTaken(Conflict):
    """Another node numbers its parcels with this prefix, or with one that begins alike."""

    code = "gs1-prefix-taken"


class BadPrefix(Invalid):
    """A GS1 prefix is 4 to 12 digits."""

    code = "bad-gs1-prefix"
