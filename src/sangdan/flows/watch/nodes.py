"""The nodes as they stand at an instant."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sangdan.kit.money import PPM
from sangdan.offer.network.model import Network
from sangdan.ship.warehouse.model import Slot

from .wire import NodeSeen


def out_of_service(network: Network, at: datetime) -> frozenset[str]:
    """The nodes that cannot work."""
    return frozenset(node_id for node_id in network.outages if network.out(node_id, at) is not None)


def look_at_nodes(
    network: Network,
    floors: Mapping[str, Collection[object]],
    slots: Sequence[Slot],
    down: Collection[str],
    at: datetime,
) -> dict[str, NodeSeen]:
    """Every node of the network, by its id.

    floors  what each has on its floor or planned with it; a node without any may be left out
    slots   of this hour, where anything is promised
    down    nodes that are out of service
    """
    loads = {slot.node_id: slot.parcels * PPM // max(slot.parcels_max, 1) for slot in slots}
    is_open = {calendar_id: _is_open(network, calendar_id, at) for calendar_id in network.calendars}
    return {
        node_id: NodeSeen(
            node_id=node_id,
            open_parcels=len(floors.get(node_id, ())),
            load_ppm=loads.get(node_id, 0),
            state="down" if node_id in down else "open" if is_open[node.calendar_id] else "closed",
        )
        for node_id, node in network.nodes.items()
    }


def _is_open(network: Network, calendar_id: str, at: datetime) -> bool:
    calendar = network.calendar(calendar_id)
    local = calendar.local(at)
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in calendar.minutes_on(local.date()))
