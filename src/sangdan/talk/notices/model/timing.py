"""When a message may go out, and when a failed try is made again."""

import hashlib
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

Kind: TypeAlias = Literal["order", "ad"]
Hurry: TypeAlias = Literal["reply", "coming", "calm"]

# 정보통신망법 제50조 제3항: no advertisement from nine in the evening to eight in the morning without a consent of
# its own. The house keeps the same hours for what can wait of an order.
QUIET_FROM: Final = time(21)
QUIET_UNTIL: Final = time(8)
# Who acted so long ago is not waiting for an answer any more.
FRESH: Final = timedelta(minutes=30)
# What happens within so many hours is said at once, at whatever hour.
SOON: Final = timedelta(hours=12)

RETRY_S: Final = (10, 30, 120, 600, 1800, 7200, 21_600)
JITTER_PPM: Final = 200_000


class Go(msgspec.Struct, frozen=True):
    """It may be sent now."""


class Hold(msgspec.Struct, frozen=True):
    """It waits until an instant."""

    until: datetime
    because: str


class Silence(msgspec.Struct, frozen=True):
    """It is not sent, and why."""

    because: str


def may_send(
    kind: Kind, hurry: Hurry, consents: Collection[str], heard_at: datetime, soon_at: datetime | None, at: datetime,
    timezone: str,
) -> Go | Hold | Silence:  # fmt: skip
    """Whether a message may go out now, later or not at all.

    kind      what the shopper ordered, or an advertisement
    hurry     reply: they just did something and wait; coming: about the coming hours; calm: it can wait
    consents  'ads', 'ads_night'
    heard_at  when the fact was heard
    soon_at   the earliest instant that the message is about; None: about this very hour
    at        now
    timezone  IANA name of where the shopper lives
    """
    morning = quiet_until(at, timezone)
    if kind == "ad":
        if "ads" not in consents:
            return Silence("no_consent")
        return Go() if morning is None or "ads_night" in consents else Hold(morning, "night")
    if morning is None:
        return Go()
    waits_for_it = hurry == "reply" and at - heard_at <= FRESH
    is_near = hurry == "coming" and (soon_at is None or soon_at <= at + SOON)
    return Go() if waits_for_it or is_near else Hold(morning, "quiet_hours")


def quiet_until(at: datetime, timezone: str) -> datetime | None:
    """When the night that `at` falls into is over; None by day.

    at        aware
    timezone  IANA name
    """
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(at.tzinfo)


def retry_at(notice_id: UUID, attempts: int, at: datetime) -> datetime | None:
    """When to try again.

    attempts  how many failed so far, >= 1
    gives     some while after `at`, spread so that many do not come back at once; None when it is time to give up
    """
    assert attempts >= 1
    if attempts > len(RETRY_S):
        return None
    spread = int.from_bytes(hashlib.blake2b(notice_id.bytes + bytes([attempts]), digest_size=4).digest())
    jitter_ppm = spread % (2 * JITTER_PPM + 1) - JITTER_PPM
    return at + timedelta(microseconds=RETRY_S[attempts - 1] * (1_000_000 + jitter_ppm))
