"""What shoppers are told: each message once, several facts in one, nothing of what they need not know."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from sangdan.adapters.sandbox_gateway import Behaviour
from sangdan.flows import close_node
from sangdan.flows.send_notices import deliver_due
from sangdan.flows.shopper_picture import picture
from sangdan.flows.tell_shopper import tell_moved, tell_placed, tell_reduced
from sangdan.kit.db import Conn, Pool
from sangdan.order.orders.events import OrderAuthorised, OrderReduced, OrderRePromised
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.commands import LEASE
from sangdan.talk.notices.errors import NoSuchNotice, NoticeNotOver
from sangdan.talk.notices.ports import Outgoing, Receipt

from .alliance_cases import AT, EVENING, NIGHT
from .alliance_town import Town
from .post_office import ACCEPTED, BUSY, KIM, REFUSED, SENT, Crashed, PostOffice

LATE = datetime(2026, 11, 23, 13, tzinfo=UTC)  # ten at night
MORNING = datetime(2026, 11, 23, 23, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(town: Town) -> PostOffice:
    """Sends the town's notices to its one shopper."""
    return PostOffice(town.pool)


def last_text(office: PostOffice) -> str:
    return office.provider.tries[-1].text


async def test_an_order_is_told_from_placing_to_the_door(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=2)
    assert await office.deliver(town.clock.now()) == ["placed_ko"]
    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    await town.send(parcel, EVENING)
    assert await office.deliver(EVENING + HOUR) == ["shipped_ko"]
    await town.tell(parcel, "delivered", parcel.promised_at - HOUR)
    assert await office.deliver(parcel.promised_at) == [], "at night nobody is woken for that"
    assert (await office.states(order_id))[-1] == ("delivered", "held", "quiet_hours")
    assert await office.deliver(parcel.promised_at + 9 * HOUR) == ["delivered_ko"]
    assert await office.deliver(parcel.promised_at + 9 * DAY) == []

    placed = office.provider.tries[0]
    assert placed.ways == ("alimtalk", "sms")
    assert placed.text.startswith("[이름] 주문이 완료되었습니다\n\n김하나님, 주문해 주셔서 고맙습니다.")
    assert "까지 도착합니다. 같은 약속을 100번 하면" in placed.text
    assert set(office.provider.keys.values()) == {1}
    assert await office.states(order_id) == [
        ("placed", "sent", None), ("shipped", "sent", None), ("delivered", "sent", None)
    ]  # fmt: skip


async def test_nothing_of_the_person_is_written_down(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    await office.deliver(town.clock.now())
    [placed] = await office.notices(order_id)
    assert placed.receiver == "010-****-5678"
    async with town.pool.transaction() as conn:
        rows = await conn.execute("SELECT n::text, t::text FROM notices.notice n JOIN notices.told t USING (order_id)")
        kept = str(await rows.fetchall())
        assert await notices.forget(conn, "market", "kim") == 1
    assert "김하나" not in kept
    assert "01012345678" not in kept
    assert (await office.notices(order_id))[0].receiver is None


async def test_a_declined_order_is_told_of_once(db: Pool) -> None:
    town = Town(db, lambda _: Behaviour.DECLINE)
    await town.found()
    office = PostOffice(db)
    order_id = await town.order(tea=1)
    assert await office.deliver(AT + MINUTE) == ["declined_ko"]
    assert "청구된 금액은 없습니다" in last_text(office)
    assert await office.states(order_id) == [("ended", "sent", None)]


async def test_an_order_cancelled_at_once_is_not_confirmed_first(town: Town, office: PostOffice) -> None:
    order_id = await town.order(tea=1)
    await town.cancel(order_id)
    assert await office.deliver(AT + MINUTE) == ["cancelled_ko"]
    assert "요청하신 대로 주문을 취소했습니다" in last_text(office)
    assert "청구되지 않습니다" in last_text(office), "the money was held only"
    assert sorted(await office.states(order_id)) == [("ended", "sent", None), ("placed", "suppressed", "overtaken")]


async def test_who_takes_something_off_is_told_what_it_saves(town: Town, office: PostOffice) -> None:
    order_id = await town.order(tea=3)
    await office.deliver(AT + MINUTE)
    await town.cancel(order_id, {1: 1})
    assert await office.deliver(AT + 2 * MINUTE) == ["trimmed_ko"]
    assert "취소한 상품: 이름 1개" in last_text(office)
    assert "9,000원은 청구되지 않습니다." in last_text(office)


async def test_a_date_that_is_kept_is_no_news(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=2)
    await office.deliver(town.clock.now())
    [parcel] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(parcel, tea=0)
    assert await office.deliver(EVENING + HOUR) == []
    assert await office.states(order_id) == [("placed", "sent", None)]


async def test_a_date_that_moves_is_told_with_both_dates(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=2)
    await office.deliver(town.clock.now())
    [before] = await town.live(order_id)
    await town.until(NIGHT)
    await town.pick(before, tea=0)
    [after] = await town.live(order_id)
    assert after.promised_at > before.promised_at
    office.speaks("en")
    assert await office.deliver(NIGHT + HOUR) == ["moved_en"]
    text = last_text(office)
    assert "We looked and the goods were not there, so it comes later." in text
    assert "Promised before: by the end of Tue 24 Nov" in text
    assert "Promised now: by" in text
    assert "you can cancel it free of charge on your order's page until it leaves" in text


async def test_facts_of_one_burst_become_one_message(town: Town, office: PostOffice) -> None:
    """One shelf lacks part of two lines: what comes later and what never comes are told together."""
    order_id = await town.released(tea=12, cup=1)
    await office.deliver(town.clock.now())
    await town.until(NIGHT)
    for parcel in await town.live(order_id):
        await town.pick(parcel, tea=0, cup=0)
    told = await town.facts(order_id, "orders.reduced") + await town.facts(order_id, "orders.re_promised")
    assert len(told) >= 2
    assert await office.deliver(NIGHT + HOUR) == ["moved_reduced_ko"]
    assert [state for topic, state, _ in await office.states(order_id) if topic == "changed"] == ["sent"]


async def test_facts_heard_twice_are_told_once(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=2)
    now = town.clock.now()
    assert await office.deliver(now) == ["placed_ko"]
    for minutes in (1, 2):
        at = now + minutes * MINUTE
        async with town.pool.transaction() as conn:
            await tell_placed(conn, OrderAuthorised(order_id=order_id), at)
            await tell_reduced(conn, OrderReduced(order_id=order_id, reason="x", amount_minor=1), at)
            await tell_moved(conn, OrderRePromised(order_id=order_id, parcel_no=2, kept=False), at)
        assert await office.deliver(at + MINUTE) == [], "nothing of the order is new"
    assert {state for topic, state, _ in await office.states(order_id) if topic == "changed"} == {"suppressed"}


async def test_several_senders_send_each_once(town: Town, office: PostOffice) -> None:
    orders = [await town.released(tea=1) for _ in range(3)]
    at = town.clock.now() + MINUTE
    await asyncio.gather(*(deliver_due(town.pool, office.post, at) for _ in range(6)))
    await office.deliver(at)
    assert sorted(office.provider.keys.values()) == [1] * len(orders)


async def test_a_batch_waits_for_one_connection_at_a_time(
    town: Town, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty at once, three batches abreast, kept webhooks waiting until the pool gave up."""
    orders = [await town.released(tea=1) for _ in range(3)]
    asking, most, transaction = 0, 0, Pool.transaction

    @asynccontextmanager
    async def counted(pool: Pool) -> AsyncGenerator[Conn]:
        nonlocal asking, most
        asking += 1
        most = max(most, asking)
        try:
            async with transaction(pool) as conn:
                yield conn
        finally:
            asking -= 1

    monkeypatch.setattr(Pool, "transaction", counted)
    assert await deliver_due(town.pool, office.post, town.clock.now() + MINUTE) == len(orders)
    assert most == 1


async def test_a_crash_between_sending_and_recording_repeats_the_same_key(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    at = town.clock.now() + MINUTE
    crashes = [Crashed()]

    def answer(_: Outgoing) -> Receipt:
        if crashes:
            raise crashes.pop()
        return SENT

    office.provider.answer = answer
    with pytest.raises(Crashed):
        await office.deliver(at)
    assert await office.deliver(at + MINUTE) == [], "somebody has the lease"
    assert await office.deliver(at + LEASE) == ["placed_ko"]
    first, second = office.provider.tries
    assert (first.key, first.text) == (second.key, second.text)
    assert await office.states(order_id) == [("placed", "sent", None)]


async def test_who_fetches_it_is_told_at_once_even_at_night(town: Town, office: PostOffice) -> None:
    order_id = await town.released("pickup", jam=1)
    assert await office.deliver(town.clock.now()) == ["placed_ko"]
    assert "부터 이름에서 찾으실 수 있습니다" in last_text(office)
    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    await town.send(parcel, LATE)
    assert await office.deliver(LATE + MINUTE) == ["ready_ko"]
    await town.tell(parcel, "delivered", LATE + HOUR)
    assert await office.deliver(LATE + DAY) == [], "who fetched it knows that they have it"


async def test_a_date_far_off_waits_for_the_morning(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=2)
    await office.deliver(town.clock.now())
    [before] = await town.live(order_id)
    await town.until(LATE)
    await town.pick(before, tea=0)
    assert await office.deliver(LATE + HOUR) == []
    assert (await office.states(order_id))[-1] == ("changed", "held", "quiet_hours")
    assert await office.deliver(MORNING - SECOND) == []
    assert await office.deliver(MORNING) == ["moved_ko"]


async def test_late_is_said_to_be_late(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    [parcel] = await town.live(order_id)
    await town.deliver(parcel, parcel.promised_at + 12 * HOUR)
    assert (await office.deliver(parcel.promised_at + 14 * HOUR))[-1] == "delivered_late_ko"
    assert "11월 24일(화) 밤 12시까지 도착한다고 약속드렸는데 늦었습니다" in last_text(office)
    assert "구매가 자동으로 확정됩니다" in last_text(office)


async def test_a_lost_parcel_and_then_a_lost_order(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1, ice=2)
    parcels = {parcel.node_id: parcel for parcel in await town.live(order_id)}
    for parcel in parcels.values():
        await town.pick(parcel)
        await town.send(parcel, parcel.departs_at)
    await office.deliver(town.clock.now() + 12 * HOUR)
    noon = parcels["freeze"].promised_at + 12 * HOUR
    await town.tell(parcels["freeze"], "lost", noon)
    assert await office.deliver(noon + HOUR) == ["lost_ko"]
    assert "6,000원을 돌려드립니다. 영업일로 3일 안에 처리됩니다." in last_text(office)
    await town.tell(parcels["icheon"], "lost", noon + HOUR)
    assert await office.deliver(noon + 2 * HOUR) == ["called_off_ko"]
    assert "배송 중 상자를 잃어버려 주문하신 상품을 보내 드리지 못하게 되어" in last_text(office)
    assert "12,000원을 돌려드립니다" in last_text(office), "what went back before is not promised again"


async def test_a_shut_node_is_named_as_the_cause(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=2)
    await office.deliver(town.clock.now())
    await town.until(NIGHT)
    async with town.pool.transaction() as conn:
        await close_node.close(conn, "icheon", "power", None, NIGHT)
    await town.until(NIGHT + MINUTE)
    assert await office.deliver(NIGHT + HOUR) == ["moved_ko"]
    assert "물류센터에 정전이 나 도착이 늦어집니다" in last_text(office)
    assert len(await office.notices(order_id)) == 2


async def test_who_is_unknown_or_has_no_address_is_not_told_and_that_can_be_seen(
    town: Town, office: PostOffice
) -> None:
    unknown, unreachable = await town.released(tea=1), await town.released(tea=1)
    at = town.clock.now() + MINUTE
    office.person = None
    async with town.pool.transaction() as conn:
        await conn.execute("UPDATE notices.notice SET due_at = %s WHERE order_id = %s", (at + HOUR, unreachable))
    assert await office.deliver(at) == []
    office.person = replace(KIM, phone=None, channels=("alimtalk", "sms"))
    assert await office.deliver(at + HOUR) == []
    assert await office.states(unknown) == [("placed", "suppressed", "unknown_person")]
    assert await office.states(unreachable) == [("placed", "suppressed", "no_channel")]

    office.person = KIM
    [notice] = await office.notices(unknown)
    async with town.pool.transaction() as conn:
        assert (await notices.again(conn, notice.notice_id, "market", at)).state == "waiting"
    assert await office.deliver(at) == ["placed_ko"]
    assert (await office.states(unknown)) == [("placed", "sent", None)]


async def test_only_its_shop_may_have_what_is_over_sent_again(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    await office.deliver(town.clock.now())
    [notice] = await office.notices(order_id)
    async with town.pool.transaction() as conn:
        with pytest.raises(NoSuchNotice):
            await notices.again(conn, notice.notice_id, "mart", AT)
        with pytest.raises(NoticeNotOver):
            await notices.again(conn, notice.notice_id, "market", AT)


async def test_a_refused_phone_is_followed_by_the_mailbox(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    office.provider.answer = lambda message: SENT if message.ways == ("email",) else REFUSED
    assert await office.deliver(town.clock.now()) == ["placed_ko", "placed_ko"]
    phone, mail = office.provider.tries
    assert (phone.to, mail.to) == ("01012345678", "hana@example.com")
    assert phone.key != mail.key, "another provider, another key"
    [placed] = await office.notices(order_id)
    assert (placed.state, placed.leg, placed.receiver) == ("sent", 1, "h***@example.com")


async def test_a_busy_provider_is_tried_again_and_given_up_in_the_end(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    office.person = replace(KIM, email=None)
    office.provider.answer = lambda _: BUSY
    at = town.clock.now()
    for _ in range(40):
        await office.deliver(at)
        at += HOUR
    [placed] = await office.notices(order_id)
    assert (placed.state, placed.because) == ("failed", "busy")
    assert office.provider.keys == {placed.notice_id: 8}

    at = MORNING + 3 * DAY
    office.provider.answer = lambda _: SENT
    async with town.pool.transaction() as conn:
        await notices.again(conn, placed.notice_id, None, at)
    await office.deliver(at)
    assert office.provider.tries[-1].key != placed.notice_id, "a provider would give its old answer to the old key"
    assert await office.states(order_id) == [("placed", "sent", None)]


async def test_what_was_accepted_is_asked_about_and_not_sent_again(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    at = town.clock.now()
    office.provider.answer = lambda _: ACCEPTED
    for minute in range(3):
        await office.deliver(at + minute * MINUTE)
    assert await office.states(order_id) == [("placed", "sending", "accepted")]
    office.provider.answer = lambda _: SENT
    await office.deliver(at + 10 * MINUTE)
    assert await office.states(order_id) == [("placed", "sent", None)]
    assert (len(office.provider.tries), sum(office.provider.asked.values())) == (1, 3)


async def test_a_relay_that_never_says_more_is_believed(town: Town, office: PostOffice) -> None:
    order_id = await town.released(tea=1)
    office.provider.answer = lambda _: ACCEPTED
    for hour in range(9):
        await office.deliver(town.clock.now() + hour * MINUTE * 10)
    assert await office.states(order_id) == [("placed", "sent", "unconfirmed")]
    assert len(office.provider.tries) == 1


async def test_who_lost_the_lease_records_nothing(town: Town, office: PostOffice) -> None:
    """A sender that slept through its lease must not overwrite what its successor found."""
    order_id = await town.released(tea=1)
    at = town.clock.now()
    async with town.pool.transaction() as conn:
        [due] = await notices.due(conn, at, 5)
        stale = await notices.prepare(conn, due, {order_id: await picture(conn, order_id)}, KIM, None, at)
    assert stale is not None
    office.provider.answer = lambda _: BUSY
    await office.deliver(at + LEASE)
    async with town.pool.transaction() as conn:
        assert not await notices.record(conn, stale, SENT, at + LEASE)
    assert await office.states(order_id) == [("placed", "waiting", "busy")]


async def test_one_that_cannot_be_made_ready_holds_up_no_other(town: Town, office: PostOffice) -> None:
    bad, good = await town.released(tea=1), await town.released(tea=1)
    async with town.pool.transaction() as conn:
        await conn.execute("UPDATE orders.line SET sku = 'gone' WHERE order_id = %s", (bad,))
    assert await office.deliver(town.clock.now()) == ["placed_ko"]
    assert await office.states(good) == [("placed", "sent", None)]
    assert await office.states(bad) == [("placed", "waiting", "not_ready")]


async def test_recent_messages_show_no_name_and_only_to_their_shop(town: Town, office: PostOffice) -> None:
    await town.released(tea=1)
    await office.deliver(town.clock.now())
    async with town.pool.transaction() as conn:
        [mine] = await notices.recent(conn, "market", 10)
        assert await notices.recent(conn, "mart", 10) == []
    assert (mine.template, mine.receiver, mine.language, mine.channel) == ("placed", "010-****-5678", "ko", "alimtalk")
    assert "고객님, 주문해 주셔서" in mine.text["ko"].text
    assert "Dear customer, thank you" in mine.text["en"].text
