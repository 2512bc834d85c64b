"""Actions as a device tells them, what became of each, and when it really happened."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from sangdan.kit.gs1 import valid_sscc

from .errors import ActionUnfit

# A device whose clock is farther off than this is told so.
CLOCK_OFF: Final = timedelta(minutes=2)
# What was done longer ago than this was not done when the device believes.
OLDEST: Final = timedelta(days=14)

Who: TypeAlias = Annotated[str, Meta(max_length=128)]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
How: TypeAlias = Literal["in_person", "at_door", "guard", "locker"]
Why: TypeAlias = Literal["nobody_in", "address_wrong", "refused", "no_access", "damaged"]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """Something that was done.

    key        made on the device before the first try
    device_at  by the device's clock
    offset_ms  how far the device's clock was behind ours when it last heard from us; None: it never did
    done_by    who was at the device
    """

    key: UUID
    device_at: Annotated[datetime, Meta(tz=True)]
    offset_ms: Annotated[int, Meta(ge=-(10**12), le=10**12)] | None = None
    done_by: Who = ""


class AtNode(Done, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that was done to a parcel on a node."""

    node_id: Code
    parcel_id: UUID


class Pick(AtNode, frozen=True, kw_only=True, tag="pick", forbid_unknown_fields=True):
    """Somebody looked for a parcel's units; found, by reservation, for each of them."""

    found: Annotated[dict[UUID, Annotated[int, Meta(ge=0, le=1_000_000_000)]], Meta(min_length=1, max_length=1000)]


class Pack(AtNode, frozen=True, kw_only=True, tag="pack", forbid_unknown_fields=True):
    """A parcel was closed."""


class HandOver(AtNode, frozen=True, kw_only=True, tag="hand_over", forbid_unknown_fields=True):
    """A parcel was given to its carrier, or put behind the counter."""


class Collect(AtNode, frozen=True, kw_only=True, tag="collect", forbid_unknown_fields=True):
    """A shopper fetched a parcel.

    code    as they told it; None when their papers were looked at instead
    of_age  whether they are as old as what is in it asks for
    """

    code: Annotated[str, Meta(max_length=64)] | None = None
    of_age: bool = False


class Load(Done, frozen=True, kw_only=True, tag="load", forbid_unknown_fields=True):
    """A courier took a parcel on board: by its label, or from the list."""

    sscc: Annotated[str, Meta(max_length=64)] | None = None
    parcel_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.sscc is None) == (self.parcel_id is None):
            raise ValueError("name the label or the parcel, one of the two")
        if self.sscc is not None and not valid_sscc(self.sscc):
            raise ValueError("a label has 18 digits, of which the last checks the others")


class Deliver(Done, frozen=True, kw_only=True, tag="deliver", forbid_unknown_fields=True):
    """A parcel is where it belongs; the photo of it may come later."""

    parcel_id: UUID
    how: How
    photo_id: UUID | None = None


class Fail(Done, frozen=True, kw_only=True, tag="fail", forbid_unknown_fields=True):
    """A courier stood at the door and could not leave the parcel."""

    parcel_id: UUID
    why: Why


Action: TypeAlias = Pick | Pack | HandOver | Collect | Load | Deliver | Fail
Result: TypeAlias = Literal["done", "already", "conflict", "later"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an action.

    result  done now; already, when it was done at an earlier try; conflict, for good; later: keep it and try again
    code    of the problem, for one that was not done
    detail  the problem in English; the doors say it in the asker's language
    facts   what the problem speaks of
    now     how the parcel stands, so that the device can show it
    """

    result: Result
    code: str = ""
    detail: str = ""
    facts: dict[str, Any] = {}
    now: dict[str, Any] = {}


class Kept(msgspec.Struct, frozen=True):
    """An action that is on record."""

    body_hash: bytes
    outcome: dict[str, Any]


class Trace(msgspec.Struct, frozen=True):
    """One action of a parcel's story; device_at and happened_at differ by how wrong the device's clock was."""

    key: UUID
    by: str
    done_by: str
    kind: str
    device_at: datetime
    happened_at: datetime
    at: datetime
    result: str


class Loaded(msgspec.Struct, frozen=True):
    """A parcel on board."""

    parcel_id: UUID
    order_id: UUID
    loaded_at: datetime


class Photo(msgspec.Struct, frozen=True):
    """A photo that is kept: where, and under which key of the vault; one that is dropped is to be deleted."""

    photo_id: UUID
    by: str
    sha256: bytes
    path: str
    bytes: int
    key_id: int
    at: datetime
    dropped: bool = False


class Proof(msgspec.Struct, frozen=True):
    """How a parcel was left, by whom and when."""

    parcel_id: UUID
    order_id: UUID
    how: str
    photo_id: UUID | None
    by: str
    happened_at: datetime


def read_action(raw: bytes) -> Action:
    """An action as sent.

    raises  ActionUnfit
    """
    try:
        return msgspec.json.decode(raw, type=Action)
    except (msgspec.MsgspecError, UnicodeDecodeError) as reason:
        raise ActionUnfit(
            f"This is no action that the tower knows: {reason}. Load the app again; if it stays, tell the tower.",
            reason=str(reason)[:200],
        ) from reason


def happened_at(action: Done, batch_offset: timedelta, not_before: datetime, at: datetime) -> datetime:
    """When something was done, by our clock: the device's word, mended by how far its clock was off.

    batch_offset  how far it is behind now, for a device that never heard from us before
    not_before    when it cannot have been yet
    at            now; nothing was done later
    """
    offset = batch_offset if action.offset_ms is None else timedelta(milliseconds=action.offset_ms)
    try:
        told = action.device_at + offset
    except OverflowError:
        return at
    if not at - OLDEST <= told <= at:
        return at
    return max(told, min(not_before, at))
