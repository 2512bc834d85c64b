"""The verbs of the floor. The door checks that whoever asks works on the node."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import emit
from sangdan.kit.gs1 import SSCC_LENGTH, SerialsUsedUp, sscc

from . import queries
from .errors import NodeFull, NoPrefix, NoSuchTask, PrefixTaken
from .events import ParcelCancelled, ParcelHandedOver, ParcelPacked, ParcelPicked
from .model import Claim, Task, TaskLine, Wanted, Work, check_prefix, may_become, shorts
from .queries import at_counter, drift, line_up, locked, release_claim, unpicked, use_claim, used_slots

__all__ = [
    "adopt_prefix",
    "at_counter",
    "cancel",
    "claim",
    "drift",
    "hand_over",
    "line_up",
    "lines",
    "lines_of",
    "locked",
    "open_tasks",
    "pack",
    "pick",
    "release",
    "release_claim",
    "task",
    "unpicked",
    "use_claim",
    "used_slots",
    "withdraw",
]


async def release(conn: Conn, wanted: Sequence[Wanted]) -> None:
    """Give parcels to the floor; one that is there already is left alone.

    wanted  0.. parcels, each with at least one line
    """
    assert all(parcel.lines for parcel in wanted), "a parcel has something in it"
    if wanted:
        await queries.add(conn, wanted)


async def task(conn: Conn, node_id: str, parcel_id: UUID) -> Task:
    """A parcel's task.

    raises  NoSuchTask
    """
    found = await queries.task(conn, node_id, parcel_id)
    if found is None:
        raise _no_task(node_id, parcel_id)
    return found


async def lines(conn: Conn, node_id: str, parcel_id: UUID) -> list[TaskLine]:
    """What belongs in a parcel, and what was found of it."""
    return await queries.lines(conn, node_id, [parcel_id])


async def lines_of(conn: Conn, node_id: str, parcel_ids: Sequence[UUID]) -> list[TaskLine]:
    """What belongs in several parcels of a node, by parcel."""
    return await queries.lines(conn, node_id, parcel_ids)


async def open_tasks(conn: Conn, node_id: str, after: tuple[datetime, UUID], limit: int, at: datetime) -> list[Work]:
    """A page of what a node has to do, least time left first.

    after  (due_at, parcel_id) of the last task of the page before
    limit  1..1000
    at     now, for the time left
    """
    tasks = await queries.open_tasks(conn, node_id, after, limit)
    by_parcel: dict[UUID, list[TaskLine]] = {each.parcel_id: [] for each in tasks}
    for line in await queries.lines(conn, node_id, list(by_parcel)):
        by_parcel[line.parcel_id].append(line)
    return [Work(each, int((each.due_at - at).total_seconds()), tuple(by_parcel[each.parcel_id])) for each in tasks]


async def pick(conn: Conn, node_id: str, parcel_id: UUID, found: Mapping[UUID, int], at: datetime) -> Task:
    """Tell what was found of a parcel; what is missing becomes `short` in the fact. The same again is harmless.

    found   units by reservation, 0..the units asked for, for every line; nothing at all ends the task
    raises  BadCount, WrongState, NoSuchTask
    """
    before = await _locked(conn, node_id, parcel_id)
    wanted = await queries.lines(conn, node_id, [parcel_id])
    missing = shorts(wanted, found)
    if before.picked_at is not None and all(line.found == found[line.reservation_id] for line in wanted):
        return before
    may_become(before, "picked")
    units = sum(found.values())
    picked = replace(before, state="picked" if units else "cancelled", picked_at=at)
    await queries.pick(conn, picked, found, picked.state, at)
    fact = ParcelPicked(
        node_id=node_id,
        parcel_id=parcel_id,
        order_id=picked.order_id,
        parcel_no=picked.parcel_no,
        found_units=units,
        short=missing,
    )
    await emit(conn, at, fact)
    return picked


async def pack(conn: Conn, node_id: str, parcel_id: UUID, at: datetime) -> Task:
    """Close a parcel and number it; one that is packed already keeps its number.

    raises  WrongState, NoPrefix, SerialsUsedUp, NoSuchTask
    """
    before = await _locked(conn, node_id, parcel_id)
    if before.packed_at is not None and before.state != "cancelled":
        return before
    may_become(before, "packed")
    number = await _number(conn, node_id)
    await queries.pack(conn, before, number, at)
    fact = ParcelPacked(
        node_id=node_id, parcel_id=parcel_id, order_id=before.order_id, parcel_no=before.parcel_no, sscc=number
    )
    await emit(conn, at, fact)
    return replace(before, state="packed", packed_at=at, sscc=number)


async def hand_over(conn: Conn, node_id: str, parcel_id: UUID, at: datetime) -> Task:
    """A packed parcel leaves the floor; one that has left already is left alone.

    raises  WrongState, NoSuchTask
    """
    gone = await queries.hand_over(conn, node_id, parcel_id, at)
    if gone is None:
        before = await task(conn, node_id, parcel_id)
        if before.state != "handed_over":
            may_become(before, "handed_over")
        return before
    assert gone.sscc is not None, "a packed parcel has its number"
    fact = ParcelHandedOver(
        node_id=node_id,
        parcel_id=parcel_id,
        order_id=gone.order_id,
        parcel_no=gone.parcel_no,
        at=at,
        sscc=gone.sscc,
        carrier_id=gone.carrier_id,
    )
    await emit(conn, at, fact)
    return gone


async def cancel(conn: Conn, node_id: str, parcel_id: UUID, at: datetime) -> None:
    """The parcel is not to be made; its place in the hour is free again if nobody worked on it yet.

    raises  WrongState when it was handed over, NoSuchTask
    """
    before = await _locked(conn, node_id, parcel_id)
    if before.state == "cancelled":
        return
    may_become(before, "cancelled")
    await queries.cancel(conn, before)
    await queries.release_claim(conn, node_id, parcel_id)
    fact = ParcelCancelled(node_id=node_id, parcel_id=parcel_id, order_id=before.order_id, parcel_no=before.parcel_no)
    await emit(conn, at, fact)


async def withdraw(conn: Conn, node_id: str, parcel_id: UUID, at: datetime, *, packed: bool) -> bool:
    """The node cannot make a parcel: nobody shall, and its place in the hour is free again.

    packed  even when it is packed already
    gives   False when it is left as it is: it has left the floor, is packed and may go, or has ended
    """
    before = await queries.locked(conn, node_id, parcel_id)
    if before is None:
        await queries.release_claim(conn, node_id, parcel_id)  # it was not given to the floor yet
        return True
    if before.state in ("handed_over", "cancelled") or (before.state == "packed" and not packed):
        return False
    await cancel(conn, node_id, parcel_id, at)
    return True


async def claim(
    conn: Conn,
    node_id: str,
    parcel_id: UUID,
    hour_at: datetime,
    parcels_max: int,
    pack_by: datetime | None = None,
) -> Claim:
    """Take a place in a node's hour for a parcel; one that it has already stays.

    hour_at      UTC, on the hour
    parcels_max  what the node can handle in an hour, as the network says now
    pack_by      until when it must be packed to come as promised, None where nobody said
    raises       NodeFull; the transaction may go on and try another
    """
    assert hour_at.minute == hour_at.second == hour_at.microsecond == 0
    taken = await queries.claim(conn, node_id, parcel_id, hour_at, parcels_max, pack_by)
    if taken is None:
        raise NodeFull(
            f"Node {node_id} can take no further parcel in the hour from {hour_at.isoformat()}; try another.",
            node_id=node_id,
            hour_at=hour_at.isoformat(),
        )
    return taken


async def adopt_prefix(conn: Conn, node_id: str, gs1_prefix: str) -> None:
    """Give a node the prefix under which it numbers its parcels; the same again is harmless.

    gs1_prefix  4..12 digits: a company's, and after it the digits that the company keeps for this node
    raises      BadPrefix, PrefixTaken
    """
    check_prefix(gs1_prefix)
    if not await queries.adopt(conn, node_id, gs1_prefix):
        raise PrefixTaken(
            f"Another node numbers its parcels with a prefix that begins like {gs1_prefix}; add digits of its own.",
            node_id=node_id,
            gs1_prefix=gs1_prefix,
        )


async def _locked(conn: Conn, node_id: str, parcel_id: UUID) -> Task:
    held = await queries.locked(conn, node_id, parcel_id)
    if held is None:
        raise _no_task(node_id, parcel_id)
    return held


async def _number(conn: Conn, node_id: str) -> str:
    taken = await queries.next_serial(conn, node_id)
    if taken is None:
        raise NoPrefix(f"Node {node_id} has no GS1 prefix; give it one before it packs.", node_id=node_id)
    # Extension digit, prefix, serial, check digit: when the serials of one extension are used up, the next follows.
    extension, serial = divmod(taken.serial, 10 ** (SSCC_LENGTH - 2 - len(taken.gs1_prefix)))
    if extension > 9:
        raise SerialsUsedUp(
            f"Node {node_id} has used up prefix {taken.gs1_prefix}; give it another.",
            prefix=taken.gs1_prefix,
            serial=taken.serial,
        )
    return sscc(extension, taken.gs1_prefix, serial)


def _no_task(node_id: str, parcel_id: UUID) -> NoSuchTask:
    return NoSuchTask(f"Node {node_id} has no parcel {parcel_id}.", node_id=node_id, parcel_id=str(parcel_id))
