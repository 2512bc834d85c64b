"""The verbs of notices: note a fact, decide what it says, record what became of a try."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.ids import derive

from . import queries
from .errors import NoSuchNotice, NoticeNotOver
from .model import (
    WINDOW_S,
    Channel,
    Go,
    Hold,
    Language,
    Notice,
    Picture,
    Receiver,
    Silence,
    Text,
    Topic,
    alike,
    as_one,
    as_sold,
    decide,
    legs,
    may_send,
    render,
    retry_at,
    template,
)
from .ports import Outgoing, Receipt
from .queries import due, forget, next_due, of_order, page

__all__ = [
    "Shown", "Try", "again", "due", "foretell", "forget", "next_due", "note", "of_order", "page", "prepare", "put_off",
    "recent", "record", "see",
]  # fmt: skip

# Who sends has so long before somebody else tries with the same key: longer than any call may take.
LEASE: Final = timedelta(seconds=120)
# A provider that accepted a message and never says what became of it is believed after so many questions.
MOST_QUESTIONS: Final = 5
ASK_AFTER: Final = timedelta(seconds=20)


class Try(msgspec.Struct, frozen=True):
    """A message and the notice behind it, leased to whoever sends it; `legs_left` more ways to the person follow."""

    notice: Notice
    outgoing: Outgoing
    legs_left: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A message as others may see it: the receiver masked, the text without their name.

    text  by language; `language` is the one it was sent in
    """

    notice_id: UUID
    order_id: UUID
    shop_id: str
    template: str
    sent_at: datetime
    channel: Channel | None
    receiver: str | None
    language: Language
    text: dict[Language, Text]


async def note(conn: Conn, order_id: UUID, topic: Topic, part: str | int, cause: str, at: datetime) -> None:
    """Note a fact that an order's shopper is to be told of; harmless twice.

    part   what tells the fact from others of its topic: a parcel's number, an instant, '' when there is only one
    cause  its code
    """
    notice_id = derive(order_id, "notice", topic, part)
    await queries.note(conn, order_id, notice_id, topic, cause, at, at + timedelta(seconds=WINDOW_S[topic]))


async def prepare(
    conn: Conn,
    notice: Notice,
    now: Mapping[UUID, Picture],
    receiver: Receiver | None,
    opt_out: str | None,
    at: datetime,
) -> Try | None:
    """Decide what a due notice says and take the lease on it; the caller holds its row's lock.

    now       the order as it stands, and those that it is told of with, in the sequence of the purchase
    receiver  who is meant; None when nobody knows any more
    opt_out   the free number by which advertisements are refused; without one none is sent
    gives     what to send once this is committed; None when nothing is to be sent now
    """
    if receiver is None:
        await queries.move(conn, notice, "suppressed", "unknown_person", at)
        return None
    worded = await _worded(conn, notice, now, receiver, opt_out, at)
    if isinstance(worded, Silence):
        await queries.move(conn, notice, "suppressed", worded.because, at)
        return None
    if isinstance(worded, Hold):
        await queries.move(conn, notice, "held", worded.because, worded.until)
        return None
    ways = legs(receiver, template(worded.template or "").kind)
    if worded.leg >= len(ways):
        await queries.move(conn, notice, "failed", "no_channel", at)
        return None
    leg = ways[worded.leg]
    await queries.move(conn, notice, "sending", None, at + LEASE, leg.address.shown)
    text = worded.text(None, receiver.name, opt_out)
    assert text is not None, "it was decided what to say"
    outgoing = Outgoing(
        key=worded.key, to=leg.address.to, ways=leg.ways, code=text.code, variables=text.variables, title=text.title,
        text=text.text,
    )  # fmt: skip
    return Try(worded, outgoing, len(ways) - worded.leg - 1)


async def _worded(
    conn: Conn, notice: Notice, now: Mapping[UUID, Picture], receiver: Receiver, opt_out: str | None, at: datetime
) -> Notice | Hold | Silence:
    """The notice with its words, which are decided once; or why it is not said now, or at all."""
    if notice.provider_ref is not None or notice.state == "sending":
        return notice  # it is out already, or may be: what became of it is asked, or it is repeated with the same key
    timezone = now[notice.order_id].timezone
    if notice.template is not None:
        return _timely(notice, notice.template, receiver, None, timezone, opt_out, at) or notice
    # Locked in one sequence, whichever of them a notice is about.
    known = {each: await queries.known(conn, each, as_sold(now[each])) for each in sorted(now)}
    decided = {each: decide(notice.topic, notice.causes, now[each], known[each]) for each in now}
    told = alike(decided)
    if not told:
        nothing = decided[notice.order_id]
        assert isinstance(nothing, Silence), "there is nothing to say of any"
        return nothing
    said = as_one(list(told.values()), whole=len(told) == len(now))
    if (not_now := _timely(notice, said.template, receiver, said.soon_at, timezone, opt_out, at)) is not None:
        return not_now
    await queries.word(conn, notice, said.template, said.args, receiver.language)
    for order_id, each in told.items():
        await queries.learn(conn, order_id, each.known)
    return replace(notice, template=said.template, args=msgspec.to_builtins(said.args), language=receiver.language)


def _timely(
    notice: Notice, name: str, receiver: Receiver, soon_at: datetime | None, timezone: str, opt_out: str | None,
    at: datetime,
) -> Hold | Silence | None:  # fmt: skip
    """Why a template is not sent to somebody now; None when it may be."""
    found = template(name)
    if found.kind == "ad" and opt_out is None:
        return Silence("no_opt_out")
    if not legs(receiver, found.kind):
        return Silence("no_channel")
    allowed = may_send(found.kind, found.hurry, receiver.consents, notice.at, soon_at, at, timezone)
    return None if isinstance(allowed, Go) else allowed


async def foretell(conn: Conn, order_id: UUID, topic: Topic, cause: str, now: Picture) -> dict[Language, Text]:
    """What the order's shopper would be told of a fact, addressed to nobody; empty when it is nothing new to them.

    now  the order with the fact in it
    """
    said = decide(topic, [cause], now, await queries.known(conn, order_id, as_sold(now)))
    if isinstance(said, Silence):
        return {}
    return {language: render(said.template, said.args, language, None) for language in get_args(Language)}


async def record(conn: Conn, tried: Try, receipt: Receipt, at: datetime) -> bool:
    """Write what became of a try: sent, to be asked about, to be repeated, to go another way, or given up.

    gives  False when somebody else took the notice over meanwhile
    """
    was, because = tried.notice, receipt.because
    attempts = was.attempts + 1
    if receipt.outcome == "sent":
        return await queries.record(
            conn, was, "sent", None, at, was.leg, was.attempts, receipt.channel, receipt.ref, at
        )  # fmt: skip
    if receipt.outcome == "accepted":
        ref = receipt.ref or was.provider_ref or str(was.key)
        state = "sending" if attempts <= MOST_QUESTIONS else "sent"
        because = "unconfirmed" if state == "sent" else "accepted"
        asked_at = at + attempts * ASK_AFTER
        return await queries.record(
            conn, was, state, because, asked_at, was.leg, attempts, receipt.channel, ref, at
        )  # fmt: skip
    later = retry_at(was.notice_id, attempts, at) if receipt.outcome == "again" else None
    if later is not None:
        return await queries.record(conn, was, "waiting", because, later, was.leg, attempts, None, None, at)
    if tried.legs_left > 0:
        return await queries.record(conn, was, "waiting", because, at, was.leg + 1, 0, None, None, at)
    return await queries.record(conn, was, "failed", because, at, was.leg, attempts, None, None, at)


async def put_off(conn: Conn, notice: Notice, at: datetime) -> None:
    """Look at a notice again later that could not be made ready; after some tries an operator has to."""
    attempts = notice.attempts + 1
    later = retry_at(notice.notice_id, attempts, at)
    await queries.put_off(conn, notice, "failed" if later is None else "waiting", later, attempts)


async def see(conn: Conn, notice_id: UUID, seen_by: str | None) -> Notice:
    """A notice.

    seen_by  the shop that asks; None for the tower
    raises   NoSuchNotice, also for another shop's
    """
    found = await queries.see(conn, notice_id, seen_by)
    if found is None:
        raise NoSuchNotice(f"There is no notice {notice_id}.", notice_id=str(notice_id))
    return found


async def again(conn: Conn, notice_id: UUID, seen_by: str | None, at: datetime) -> Notice:
    """Have a notice that failed or was suppressed sent after all.

    gives   the notice, waiting
    raises  NoSuchNotice, NoticeNotOver
    """
    found = await see(conn, notice_id, seen_by)
    if not await queries.again(conn, found, at):
        raise NoticeNotOver(
            f"It is {found.state}: only one that failed or was suppressed can be sent again.",
            notice_id=str(notice_id),
            state=found.state,
        )
    return await see(conn, notice_id, seen_by)


async def recent(conn: Conn, seen_by: str | None, limit: int) -> list[Shown]:
    """The messages that were sent last, newest first, as others may see them.

    seen_by  the shop that asks; None for the tower
    limit    >= 1
    """
    shown: list[Shown] = []
    for notice in await queries.recent(conn, seen_by, limit):
        ko, en = notice.text("ko"), notice.text("en")
        assert notice.template is not None, "what was sent has its words"
        assert notice.sent_at is not None, "what was sent has its instant"
        assert ko is not None, "what was sent has its words"
        assert en is not None, "what was sent has its words"
        shown.append(
            Shown(
                notice_id=notice.notice_id, order_id=notice.order_id, shop_id=notice.shop_id, template=notice.template,
                sent_at=notice.sent_at, channel=notice.channel, receiver=notice.receiver,
                language=notice.language or "ko", text={"ko": ko, "en": en},
            )
        )  # fmt: skip
    return shown
