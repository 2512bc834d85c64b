"""Something that was done with a device in hand takes effect: once, however often it is sent, or says what is instead.

The tower's clock decides what comes first. The device's word for when it was done is kept beside it, and counts, once
mended, where the instant itself matters: a parcel arrived when it was left at the door, not when the line was back.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict, Problem, Unavailable
from sangdan.offer.catalogue import commands as catalogue
from sangdan.order.orders import commands as orders
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.errors import NoSuchParcel
from sangdan.ship.delivery.model import Parcel, Report, State
from sangdan.ship.floor import commands as floor
from sangdan.ship.floor.errors import DoneMeanwhile, LabelUnknown
from sangdan.ship.floor.model import (
    OLDEST,
    Action,
    AtNode,
    Collect,
    Deliver,
    Fail,
    HandOver,
    Load,
    Outcome,
    Pack,
    Pick,
    Proof,
    happened_at,
)
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.errors import NoSuchTask
from sangdan.ship.warehouse.model import Task
from sangdan.store.pickup import model as pickup

# So long a label that nobody knows may be on its way to us from another device.
LABEL_MAY_COME: Final = timedelta(minutes=15)
PAPERS: Final = "papers"
CODE: Final = "code"


class NotYet(Unavailable):
    """What must come before is on its way: keep the action and send it again."""

    code = "not-yet"


class AgeUnchecked(Conflict):
    """Something in the parcel is not for everybody's age, and nobody says that it was asked for."""

    code = "age-unchecked"


class Effect(msgspec.Struct, frozen=True):
    """What an action did: to which parcel, when by our clock, and how the parcel stands."""

    parcel_id: UUID
    happened_at: datetime
    now: dict[str, Any]


async def act(
    conn: Conn, seer: Seer, action: Action, raw: bytes, offset: timedelta, secret: bytes, at: datetime
) -> Outcome:
    """Let one action take effect; the caller has checked that the seer works on its node, and commits.

    raw     the action as it was sent
    offset  how far the device's clock is behind ours, by the batch that the action came in
    secret  the alliance's, for pickup codes
    gives   done, already or conflict
    raises  NotYet when it must be sent again, ActionKeyReused; the transaction is of no use then
    """
    known = await floor.claim(conn, action, raw, seer.client_id, at)
    if known is not None:
        return known
    try:
        async with conn.transaction():
            effect = await _effect(conn, seer, action, offset, secret, at)
    except NotYet:
        raise
    except Problem as problem:
        now = await standing(conn, action)
        outcome = Outcome(result="conflict", code=problem.code, detail=problem.detail, facts=problem.facts, now=now)
        when = happened_at(action, offset, at - OLDEST, at)
        await floor.remember(conn, action.key, action.parcel_id, when, outcome)
        return outcome
    outcome = Outcome(result="done", now=effect.now)
    await floor.remember(conn, action.key, effect.parcel_id, effect.happened_at, outcome)
    kind = str(action.__struct_config__.tag).replace("_", "-")
    await audit.note(conn, seer, at, f"parcel.{kind}", f"parcel/{effect.parcel_id}", after=effect.now)
    return outcome


async def standing(conn: Conn, action: Action) -> dict[str, Any]:
    """How an action's parcel stands, for a device that thought otherwise; empty where nothing is known."""
    if isinstance(action, AtNode):
        try:
            task = await warehouse.task(conn, action.node_id, action.parcel_id)
        except NoSuchTask:
            return {}
        last = [each for each in await floor.traces(conn, action.parcel_id) if each.result == "done"]
        return {**_task(task), **({"by": last[-1].done_by, "at": last[-1].happened_at} if last else {})}
    if action.parcel_id is None:
        return {}
    known = await orders.orders_of_parcels(conn, [action.parcel_id])
    found = [each for each in await delivery.these(conn, known) if each.parcel_id == action.parcel_id]
    return _road(found[0]) if found else {}


async def _effect(conn: Conn, seer: Seer, action: Action, offset: timedelta, secret: bytes, at: datetime) -> Effect:
    match action:
        case Pick() | Pack() | HandOver():
            return await _on_floor(conn, action, offset, at)
        case Collect():
            return await _collect(conn, seer, action, offset, secret, at)
        case Load():
            return await _load(conn, seer, action, offset, at)
        case Deliver() | Fail():
            return await _at_door(conn, seer, action, offset, at)


async def _on_floor(conn: Conn, action: Pick | Pack | HandOver, offset: timedelta, at: datetime) -> Effect:
    """The floor's own verbs are harmless twice; a second person who does the same work is not, and is told."""
    task = await _locked(conn, action)
    match action:
        case Pick():
            _still(task, "waiting")
            task = await warehouse.pick(conn, action.node_id, action.parcel_id, action.found, at)
        case Pack():
            _still(task, "picked")
            task = await warehouse.pack(conn, action.node_id, action.parcel_id, at)
        case HandOver():
            _still(task, "packed")
            task = await warehouse.hand_over(conn, action.node_id, action.parcel_id, at)
    return Effect(action.parcel_id, happened_at(action, offset, at - OLDEST, at), _task(task))


async def _collect(conn: Conn, seer: Seer, action: Collect, offset: timedelta, secret: bytes, at: datetime) -> Effect:
    task = await _locked(conn, action)
    if task.carrier_id is not None:
        raise _no_task(action)  # it is not fetched here: a carrier brings it
    _still(task, "handed_over")
    held = await delivery.locked(conn, task.order_id, task.parcel_id, None)
    if held is None:
        raise NotYet("The parcel was put behind the counter this moment; it can be handed out in a few seconds.")
    if held.state == "delivered":
        raise DoneMeanwhile("The parcel was fetched before.", state="collected", since=held.state_at.isoformat())
    if action.code is not None:
        pickup.check(secret, task.parcel_id, action.code)
    lines = await warehouse.lines(conn, task.node_id, task.parcel_id)
    skus = await catalogue.skus(conn, [line.sku for line in lines])
    age = max((sku.age_limit for sku in skus.values()), default=0)
    if age and not action.of_age:
        raise AgeUnchecked(f"Something in the parcel is for {age} years and older: look at their papers.", age=age)
    when = happened_at(action, offset, held.handed_over_at, at)
    moved = await delivery.track(conn, _report(held, "delivered", when), None, at)
    how = PAPERS if action.code is None else CODE
    await floor.leave(conn, Proof(held.parcel_id, held.order_id, how, None, seer.client_id, when))
    return Effect(held.parcel_id, when, {**_task(task), "state": "collected", "since": moved.state_at})


async def _load(conn: Conn, seer: Seer, action: Load, offset: timedelta, at: datetime) -> Effect:
    if action.sscc is not None:
        found = await delivery.by_sscc(conn, action.sscc, seer.seen_by)
        if found is None and at - happened_at(action, offset, at - OLDEST, at) < LABEL_MAY_COME:
            raise NotYet("The node has not said yet that this parcel left it.")
        if found is None:
            raise LabelUnknown(
                f"No parcel of yours has the label {action.sscc}: its node did not hand it over, or not to you.",
                sscc=action.sscc,
            )
        held = await _carried(conn, seer, found.parcel_id)
    else:
        assert action.parcel_id is not None, "checked when it was read"
        held = await _carried(conn, seer, action.parcel_id)
    _open(held)
    when = happened_at(action, offset, held.handed_over_at, at)
    moved = await delivery.track(conn, _report(held, "out_for_delivery", when), seer.seen_by, at)
    await floor.load(conn, seer.client_id, held.parcel_id, held.order_id, when)
    return Effect(held.parcel_id, when, _road(moved))


async def _at_door(conn: Conn, seer: Seer, action: Deliver | Fail, offset: timedelta, at: datetime) -> Effect:
    held = await _carried(conn, seer, action.parcel_id)
    _open(held)
    when = happened_at(action, offset, held.handed_over_at, at)
    if isinstance(action, Fail):
        moved = await delivery.track(conn, _report(held, "attempt_fail", when, action.why), seer.seen_by, at)
    else:
        moved = await delivery.track(conn, _report(held, "delivered", when, action.how), seer.seen_by, at)
        left = Proof(held.parcel_id, held.order_id, action.how, action.photo_id, seer.client_id, when)
        await floor.leave(conn, left)
    return Effect(held.parcel_id, when, _road(moved))


async def _locked(conn: Conn, action: AtNode) -> Task:
    held = await warehouse.locked(conn, action.node_id, action.parcel_id)
    if held is None:
        raise _no_task(action)
    return held


def _no_task(action: AtNode) -> NoSuchTask:
    node_id, parcel_id = action.node_id, str(action.parcel_id)
    return NoSuchTask(f"Node {node_id} has no parcel {parcel_id}.", node_id=node_id, parcel_id=parcel_id)


async def _carried(conn: Conn, seer: Seer, parcel_id: UUID) -> Parcel:
    order_id = (await orders.orders_of_parcels(conn, [parcel_id])).get(parcel_id)
    held = None if order_id is None else await delivery.locked(conn, order_id, parcel_id, seer.seen_by)
    if held is None:
        raise NoSuchParcel(f"Parcel {parcel_id} was not handed over.", parcel_id=str(parcel_id))
    return held


def _still(task: Task, wanted: str) -> None:
    """Whether a parcel is where the person saw it.

    raises  DoneMeanwhile
    """
    if task.state != wanted:
        raise DoneMeanwhile(f"The parcel is {task.state} meanwhile.", state=task.state)


def _open(held: Parcel) -> None:
    if held.state == "delivered":
        raise DoneMeanwhile("The parcel was delivered before.", state="delivered", since=held.state_at.isoformat())


def _report(held: Parcel, state: State, at: datetime, detail: str | None = None) -> Report:
    return Report(order_id=held.order_id, parcel_id=held.parcel_id, at=at, state=state, detail=detail)


def _task(task: Task) -> dict[str, Any]:
    return {"parcel_id": task.parcel_id, "state": task.state, "sscc": task.sscc}


def _road(held: Parcel) -> dict[str, Any]:
    return {"parcel_id": held.parcel_id, "state": held.state, "since": held.state_at, "sscc": held.sscc}
