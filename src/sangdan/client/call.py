"""A call before it is sent: pure, and the same for the waiting and the asynchronous client."""

import email.utils
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, Generic, TypeVar, cast
from urllib.parse import quote
from uuid import UUID, uuid4

import msgspec

from .problem import refusal

T = TypeVar("T")

# Worth another try: nothing was done, or it is not known, and the key makes a second try harmless.
AGAIN: Final = frozenset({429, 502, 503, 504})
FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 30.0


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One call.

    gives    the type of the answer's JSON; bytes takes it as it is, NoneType expects none
    path     from the server's root, arguments in place
    body     encoded as JSON; bytes are sent as they are
    headers  of this call alone
    """

    gives: type[T]
    method: str
    path: str
    query: Mapping[str, str | list[str]]
    body: bytes | None
    headers: Mapping[str, str]

    def answer(self, status: int, content: bytes) -> T:
        """What the server's answer means.

        raises  Refused
        """
        if status >= 300:
            raise refusal(status, content)
        if self.gives is bytes:
            return cast(T, content)
        if self.gives is type(None):
            return cast(T, None)
        return msgspec.json.decode(content, type=self.gives)


def call(
    gives: type[T],
    method: str,
    path: str,
    *,
    at: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    media_type: str = "application/json",
    key: str | None = None,
    keyed: bool = False,
) -> Call[T]:
    """Put a call together.

    path   with {names} for the entries of `at`
    key    the Idempotency-Key; a keyed call without one gets a random one, which its own retries share
    """
    headers: dict[str, str] = {}
    content: bytes | None = None
    if body is not None:
        headers["Content-Type"] = media_type
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    if keyed:
        headers["Idempotency-Key"] = key or str(uuid4())
    places = {name: quote(_spelled(value), safe="") for name, value in (at or {}).items()}
    asked = {name: _spelled_all(value) for name, value in (query or {}).items() if value is not None}
    return Call(gives=gives, method=method, path=path.format(**places), query=asked, body=content, headers=headers)


def body_of(**fields: Any) -> dict[str, Any]:
    """The fields of a body that were given: what is None or unset is left to the server."""
    return {name: value for name, value in fields.items() if value is not None and value is not msgspec.UNSET}


def wait_s(tried: int, retry_after: str | None, now: datetime | None = None) -> float:
    """How long to wait before the next try: as the server asks, else twice as long each time.

    tried        tries so far, 1 or more
    retry_after  the header of that name: seconds or a date
    """
    if retry_after is None:
        return min(FIRST_WAIT_S * 2 ** (tried - 1), LONGEST_WAIT_S)
    if retry_after.strip().isdigit():
        return min(float(retry_after), LONGEST_WAIT_S)
    try:
        asked_at = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return FIRST_WAIT_S
    return min(max((asked_at - (now or datetime.now(UTC))).total_seconds(), 0.0), LONGEST_WAIT_S)


def _spelled_all(value: Any) -> str | list[str]:
    """A query's value; several stand under the same name."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        several = cast(Sequence[Any], value)
        return [_spelled(each) for each in several]
    return _spelled(value)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum | UUID):
        return str(value)
    return str(value)
