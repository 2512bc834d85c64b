"""What an operator does with parcels at risk: another way in time, a later date, a word to the shopper."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from sangdan.doors.web import states
from sangdan.doors.web.names import node_name
from sangdan.doors.web.words import Words, mark
from sangdan.flows.later_date import Date, foretold, later_dates, promise_later
from sangdan.flows.picture import network_of
from sangdan.flows.rescue_parcel import How, NoParcel, Rescued, rescue, warn_shopper
from sangdan.flows.shopper_picture import number_of
from sangdan.kit import audit
from sangdan.offer.network.model import Network
from sangdan.order.orders.model import Parcel

from .places import ALLIES
from .tables import Action, Asked, Foreseen, Saying

# Between a parcel and the date that was chosen for it, in what stands for a row.
PIN: Final = "~"
# What the shopper is told of why a parcel will be late, as a code.
Why: TypeAlias = Callable[[UUID], Awaitable[str]]


def actions_of(why: Why) -> tuple[Action, ...]:
    """All of them; whoever is not of the tower may do them with what their own shop sold.

    why  of a parcel
    """
    return _best(why), _rescue("elsewhere"), _rescue("faster"), _later(why), _tell(why)


def _best(why: Why) -> Action:
    """Whichever way keeps the date and costs least, else the soonest date there is."""

    async def key_of(asked: Asked, row_id: str) -> str:
        _, _, key = row_id.partition(PIN)
        if key:
            return key
        dates = (await later_dates(asked.conn, parcel_of(row_id), asked.at, asked.seer.seen_by)).dates
        keeping = [date for date in dates if date.keeps]
        return min(keeping, key=lambda date: (date.extra_minor, date.promised_at)).key if keeping else ""

    async def foresee(asked: Asked, row_id: str) -> Foreseen:
        return await _foresee_date(asked, row_id, await key_of(asked, row_id), why)

    async def act(asked: Asked, row_id: str, reason: str) -> None:
        await _give_date(asked, row_id, await key_of(asked, row_id), why, reason)

    return Action(
        "best", mark("Do what is best"),
        mark("The cheapest way that keeps the date; where none does, the soonest date, and the shopper is told."),
        ALLIES, foresee, act, icon="badge-check",
    )  # fmt: skip


def _later(why: Why) -> Action:
    """A date anew: the soonest, or the one that was chosen."""

    async def foresee(asked: Asked, row_id: str) -> Foreseen:
        return await _foresee_date(asked, row_id, row_id.partition(PIN)[2], why)

    async def act(asked: Asked, row_id: str, reason: str) -> None:
        await _give_date(asked, row_id, row_id.partition(PIN)[2], why, reason)

    return Action(
        "later", mark("Give a later date"),
        mark("The soonest date that can still be had, unless you choose another. The shopper is told, and may cancel."),
        ALLIES, foresee, act, icon="calendar-clock",
    )  # fmt: skip


async def _foresee_date(asked: Asked, row_id: str, key: str, why: Why) -> Foreseen:
    """What becomes of a parcel by a date, and what its shopper will be told."""
    parcel_id = parcel_of(row_id)
    cause, network = await why(parcel_id), await network_of(asked.conn)
    rescued, date = await promise_later(asked.conn, parcel_id, key, cause, asked.at, asked.seer.seen_by)
    said = await foretold(asked.conn, rescued.before.order_id, cause)
    return Foreseen(
        title_of(rescued.before.order_id, rescued.before.parcel_no, asked.say),
        _way(rescued.before, network, asked.say),
        f"{_ways(rescued, network, asked.say)} · {costs(date, asked.say)}",
        rescued.kept,
        pin=f"{parcel_id}{PIN}{date.key}",
        told=tuple(Saying(language, text.title, text.text.partition("\n\n")[2]) for language, text in said.items()),
        other=f"/tower/risks/{parcel_id}/dates",
    )


async def _give_date(asked: Asked, row_id: str, key: str, why: Why, reason: str) -> None:
    parcel_id = parcel_of(row_id)
    cause = await why(parcel_id)
    rescued, date = await promise_later(asked.conn, parcel_id, key, cause, asked.at, asked.seer.seen_by)
    after = {**_facts(rescued.moved), "extra_minor": date.extra_minor, "why": cause}
    await audit.note(
        asked.conn, asked.seer, asked.at, "parcel.date-given", f"order/{rescued.before.order_id}",
        before=_facts([rescued.before]), after=after, reason=reason,
    )  # fmt: skip


def costs(date: Date, say: Words) -> str:
    """What a date costs the order's shop beyond the parcel as it is."""
    if date.extra_minor == 0:
        return say("costs no more")
    amount = say.money(abs(date.extra_minor), date.currency)
    return (
        say("%(amount)s more for the shop", amount=amount)
        if date.extra_minor > 0
        else say("%(amount)s less for the shop", amount=amount)
    )


def _rescue(how: How) -> Action:
    """Another way for a parcel: from elsewhere, or faster from where it is."""

    async def foresee(asked: Asked, row_id: str) -> Foreseen:
        rescued = await rescue(asked.conn, parcel_of(row_id), how, asked.at, asked.seer.seen_by)
        network = await network_of(asked.conn)
        return Foreseen(
            title_of(rescued.before.order_id, rescued.before.parcel_no, asked.say),
            _way(rescued.before, network, asked.say),
            _ways(rescued, network, asked.say),
            rescued.kept,
        )

    async def act(asked: Asked, row_id: str, reason: str) -> None:
        rescued = await rescue(asked.conn, parcel_of(row_id), how, asked.at, asked.seer.seen_by)
        await audit.note(
            asked.conn, asked.seer, asked.at, "parcel.sent-another-way", f"order/{rescued.before.order_id}",
            before=_facts([rescued.before]), after=_facts(rescued.moved), reason=reason,
        )  # fmt: skip

    if how == "elsewhere":
        return Action(
            how, mark("Send from elsewhere"),
            mark("Another node makes the parcel, if all of it still comes in time; its own is told to stop."),
            ALLIES, foresee, act, icon="route",
        )  # fmt: skip
    return Action(
        how, mark("Send faster"),
        mark("The same node sends it by a faster service, if it then comes in time. The shopper pays nothing for it."),
        ALLIES, foresee, act, icon="zap",
    )  # fmt: skip


def _tell(why: Why) -> Action:
    """A word to the shopper that it may come late."""

    async def foresee(asked: Asked, row_id: str) -> Foreseen:
        parcel = await warn_shopper(
            asked.conn, parcel_of(row_id), await why(parcel_of(row_id)), asked.at, asked.seer.seen_by
        )
        return Foreseen(
            title_of(parcel.order_id, parcel.parcel_no, asked.say),
            asked.say("promised by %(promised)s", promised=asked.say.when(parcel.promised_at)),
            asked.say("The shopper is told once that it may come late; the date stands."),
        )

    async def act(asked: Asked, row_id: str, reason: str) -> None:
        code = await why(parcel_of(row_id))
        parcel = await warn_shopper(asked.conn, parcel_of(row_id), code, asked.at, asked.seer.seen_by)
        await audit.note(
            asked.conn, asked.seer, asked.at, "parcel.shopper-warned", f"order/{parcel.order_id}",
            after={"parcel_no": parcel.parcel_no, "why": code}, reason=reason,
        )  # fmt: skip

    return Action(
        "tell", mark("Tell the shopper"),
        mark("The shopper hears that the parcel may come late, and why, by their usual way; once for each parcel."),
        ALLIES, foresee, act, icon="message-square",
    )  # fmt: skip


def parcel_of(row_id: str) -> UUID:
    """The parcel of a row.

    raises  NoParcel
    """
    try:
        return UUID(row_id.partition(PIN)[0])
    except ValueError:
        raise NoParcel("There is no such parcel.", parcel_id=row_id) from None


def title_of(order_id: UUID, parcel_no: int, say: Words) -> str:
    """What people call a parcel."""
    return f"{number_of(order_id)} · {say('parcel %(parcel_no)s', parcel_no=parcel_no)}"


def _way(parcel: Parcel, network: Network, say: Words) -> str:
    return say(
        "%(node)s, %(service)s, by %(promised)s · %(chance)s",
        node=node_name(parcel.node_id, network, say),
        service=say(states.SERVICE[parcel.service]),
        promised=say.when(parcel.promised_at),
        chance=say.chance(parcel.probability_ppm),
    )


def _ways(rescued: Rescued, network: Network, say: Words) -> str:
    return " + ".join(_way(parcel, network, say) for parcel in rescued.moved)


def _facts(parcels: Sequence[Parcel]) -> dict[str, object]:
    return {
        f"parcel_{parcel.parcel_no}": {
            "node_id": parcel.node_id, "service": parcel.service, "carrier_id": parcel.carrier_id,
            "promised_at": parcel.promised_at.isoformat(), "chance_ppm": parcel.probability_ppm,
        }
        for parcel in parcels
    }  # fmt: skip
