"""What placing must know of a way beyond the way itself: so much of its facts travels with it, ready to be used."""

import msgspec

from .answer import Way
from .inputs import Inputs, Seconds
from .start import lined_up, places, starts_by


class Slip(msgspec.Struct, frozen=True, omit_defaults=True):
    """A few facts of a way.

    parcels_per_hour  by parcel: what its node can make in an hour
    pack_by           by parcel: until when it must be packed to come as promised
    queues            the stores among its nodes where everybody waits their turn
    holds_until       the floors may be told as late as this, and every date still holds; 0 where nobody looked, or
                      where turns are kept
    """

    postcode: str
    parcels_per_hour: tuple[int, ...]
    pack_by: tuple[Seconds | None, ...]
    queues: tuple[str, ...] = ()
    holds_until: Seconds = 0


def slip_of(inputs: Inputs, way: Way, until: Seconds = 0) -> Slip:
    """The slip of a way.

    way    one of those that the inputs give
    until  as long as anybody would wait before telling the floors; 0 does not look
    """
    per_hour = {node.node_id: node.parcels_per_hour for node in inputs.nodes}
    queues = lined_up(inputs, way)
    holds = until > 0 and not queues and starts_by(inputs, way, until - 1, until) == until
    return Slip(
        postcode=inputs.postcode,
        parcels_per_hour=tuple(per_hour[parcel.node_id] for parcel in way.parcels),
        pack_by=tuple(place.pack_by for _, place in places(inputs, way)),
        queues=tuple(queues),
        holds_until=until if holds else 0,
    )
