"""Endpoints, when to try again, where webhooks may go, and how they are signed. Pure.

source  Standard Webhooks 1.0, https://www.standardwebhooks.com
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from .errors import UrlUnfit

WHSEC: Final = "whsec_"
SECRET_BYTES: Final = 32
VERSION: Final = "v1"
OVERLAP: Final = timedelta(hours=24)
LONGEST_URL: Final = 1000

# Seconds from each try to the next: ten tries within three days and four hours.
DELAYS_S: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
TRIES: Final = len(DELAYS_S) + 1
# Retries come up to a tenth later than they could, so that those of one failure do not come all at once.
JITTER: Final = 0.1
# An endpoint that took nothing for so long is switched off.
GIVE_UP: Final = timedelta(seconds=sum(DELAYS_S))
FIRST_REST_S: Final = 5
LONGEST_REST_S: Final = 300
LONGEST_WISH_S: Final = 86_400
GONE: Final = 410
_SLOW_DOWN: Final = frozenset({429, 502, 503, 504})
_NAT64: Final = IPv6Network("64:ff9b::/96")
# Not everybody's, though Python calls them global: site-local (RFC 3879), what documents use (RFC 9637), addresses that
# protocols keep to themselves (RFC 6890), the relays of 6to4 (RFC 7526).
_OTHERS: Final = (
    IPv6Network("fec0::/10"), IPv6Network("3fff::/20"), IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"),
)  # fmt: skip

State: TypeAlias = Literal["on", "off", "dead"]
Reason: TypeAlias = Literal["gone", "failing"]
Progress: TypeAlias = Literal["waiting", "done", "failed"]


class Owner(msgspec.Struct, frozen=True):
    """Whose an endpoint is: all clients that see the same share it."""

    role: Literal["tower", "shop", "ally", "courier"]
    partner_id: str | None
    node_id: str | None


class Endpoint(msgspec.Struct, frozen=True):
    """An address that is called; never its secret.

    types          public names; None: all that its owner may hear of
    rotating_until until then the secret before signs too; None: there is one
    since          it is told of what comes after this position
    failures       turns in a row in which it took nothing
    """

    endpoint_id: UUID
    client_id: str
    role: Literal["tower", "shop", "ally", "courier"]
    partner_id: str | None
    node_id: str | None
    url: str
    types: list[str] | None
    rotating_until: datetime | None
    state: State
    reason: Reason | None
    state_at: datetime
    since: int
    failures: int
    failing_since: datetime | None
    made_at: datetime

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return Owner(self.role, self.partner_id, self.node_id)


class Delivery(msgspec.Struct, frozen=True):
    """One event for one endpoint, and how far it came.

    position  in the feed; 0 for a ping
    due_at    when it is tried next, or was to be
    status    of the last answer; error: why there was none
    """

    event_id: UUID
    position: int
    type: str
    state: Progress
    attempts: int
    due_at: datetime
    queued_at: datetime
    tried_at: datetime | None
    status: int | None
    error: str | None


class Reply(msgspec.Struct, frozen=True):
    """What came of one try.

    status         of the answer; None when there was none, and then `error` says why
    retry_after_s  the wish that came with it
    """

    status: int | None
    error: str | None = None
    retry_after_s: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


def next_try(attempts: int, reply: Reply, at: datetime, chance: float) -> datetime | None:
    """When a delivery that failed is tried again; None when it was the last time.

    attempts  how often it was tried, >= 1
    chance    0..1, spreads the retries
    source    the schedule of the specification's example
    """
    if attempts >= TRIES:
        return None
    delay_s = DELAYS_S[attempts - 1] * (1 + JITTER * chance)
    return at + timedelta(seconds=max(delay_s, min(reply.retry_after_s or 0, LONGEST_WISH_S)))


def rest(failures: int, reply: Reply) -> timedelta:
    """How long an endpoint that takes nothing is left alone, so that its backlog is not thrown at it.

    failures  turns in a row in which it took nothing, >= 1
    """
    own_s = min(FIRST_REST_S * 2 ** min(failures - 1, 10), LONGEST_REST_S)
    asked_s = reply.retry_after_s if reply.status in _SLOW_DOWN and reply.retry_after_s else 0
    return timedelta(seconds=max(own_s, min(asked_s, LONGEST_WISH_S)))


def dead_because(reply: Reply, failing_since: datetime, at: datetime) -> Reason | None:
    """Why an endpoint is switched off after a failure; None: it is not."""
    if reply.status == GONE:
        return "gone"
    return "failing" if at - failing_since >= GIVE_UP else None


def check_url(url: str, *, private: bool) -> None:
    """Refuse an address that cannot be an endpoint. Names are looked up when it is called, not here.

    private  http and addresses of one's own network are allowed, for development
    raises   UrlUnfit
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise UrlUnfit(f"{url[:100]!r} is no address: {wrong}.", url=url[:100], why=str(wrong)) from wrong
    why = None
    if len(url) > LONGEST_URL or not url.isascii() or any(not "!" <= character <= "~" for character in url):
        why = f"it must be at most {LONGEST_URL} ASCII characters without spaces"
    elif parts.scheme != "https" and not (private and parts.scheme == "http"):
        why = "it must begin with https://"
    elif not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        why = "it must have a host, and no user, password or fragment"
    elif port == 0:
        why = "port 0 cannot be called"
    elif not private and not _may_be_public(parts.hostname):
        why = "it must be reachable from the public internet"
    if why is not None:
        raise UrlUnfit(f"Webhooks are not sent to {url[:100]!r}: {why}.", url=url[:100], why=why)


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        return host.lower().rstrip(".") != "localhost" and not host.lower().rstrip(".").endswith(".localhost")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also where it hides a version 4 address in itself.

    raises  ValueError for anything else
    """
    found = ip_address(address.partition("%")[0])
    hidden: list[IPv4Address | None] = []
    if isinstance(found, IPv6Address):
        hidden += [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in _NAT64:
            hidden.append(IPv4Address(int(found) & 0xFFFFFFFF))
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
    return _is_global(found) and all(_is_global(each) for each in hidden if each is not None)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in network for network in _OTHERS)


def spell_secret(secret: bytes) -> str:
    """A secret as receivers are given it."""
    return WHSEC + base64.b64encode(secret).decode()


def read_secret(spelled: str) -> bytes:
    """The bytes of a secret.

    raises  ValueError
    """
    if not spelled.startswith(WHSEC):
        raise ValueError(f"a secret begins with {WHSEC}")
    return base64.b64decode(spelled.removeprefix(WHSEC), validate=True)


def sign(message_id: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of a webhook.

    message_id  the event's, the same at every try; without a full stop
    at          of this try
    secrets     the current one, and while it is being changed the one before
    """
    assert secrets
    assert "." not in message_id
    timestamp = str(int(at.timestamp()))
    signatures = " ".join(f"{VERSION},{_signature(message_id, timestamp, body, secret)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _signature(message_id: str, timestamp: str, body: bytes, secret: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
