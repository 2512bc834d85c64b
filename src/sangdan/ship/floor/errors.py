"""What can be wrong with something that was done at a device."""

from sangdan.kit.problems import Conflict, Invalid, NotFound


class ActionUnfit(Invalid):
    """The device sent something that is no action, or one that this tower is too old or too new for."""

    code = "action-unfit"


class ActionKeyReused(Conflict):
    """The key of an action stands for another action."""

    code = "action-key-reused"


class FollowedConflict(Conflict):
    """What was done to the parcel before was refused, and so is what followed."""

    code = "followed-conflict"


class BatchUnfit(Invalid):
    """What a device sent is no batch of actions."""

    code = "batch-unfit"


class DoneMeanwhile(Conflict):
    """Somebody else was faster, or the parcel went another way while the device could not hear of it."""

    code = "done-meanwhile"


class LabelUnknown(NotFound):
    """No parcel of the courier's carrier has this label."""

    code = "label-unknown"


class PhotoUnfit(Invalid):
    """The file is not a photo that can be kept."""

    code = "photo-unfit"


class PhotoIdTaken(Conflict):
    """Another photo has this id."""

    code = "photo-id-taken"


class NoProof(NotFound):
    """Nobody took a photo of this parcel, it has not arrived yet, or the asker may not see it."""

    code = "no-proof"
