"""Calls webhook endpoints, and only where it should: the address is looked up, checked and connected to as one.

A name that resolves to a public address while it is checked and to a private one when it is called (DNS rebinding)
gains nothing: what was checked is what is connected to. TLS still proves the name.

source  OWASP API Security 2023, API7: server side request forgery
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

import httpx

from sangdan.talk.webhooks.errors import UrlUnfit
from sangdan.talk.webhooks.model import Reply, check_url, is_public

log = logging.getLogger("sangdan.webhooks")

WITHIN_S: Final = 15.0
CONNECT_S: Final = 5.0
ADDRESSES_TRIED: Final = 3
AGENT: Final = "sangdan-webhooks/1"

# The addresses of a host name, in the order in which they should be tried.
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


class NotPublicError(Exception):
    """The host's name leads into somebody's own network."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class WebhookPost:
    """Sends one webhook at a time over a connection of its own; follows no redirect, and no proxy of the environment.

    private   http and addresses of one's own network are allowed, for development
    resolver  looks names up
    within_s  how long a receiver may take in all
    trust     whose certificates are believed; None: the usual ones
    """

    def __init__(
        self,
        *,
        private: bool,
        resolver: Resolve = resolve,
        within_s: float = WITHIN_S,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._private, self._resolve, self._within_s = private, resolver, within_s
        self._trust = trust or httpx.create_ssl_context(trust_env=False)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send once; gives the status, or why there was no answer."""
        try:
            check_url(url, private=self._private)
            async with asyncio.timeout(self._within_s):
                return await self._post(httpx.URL(url), headers, body)
        except TimeoutError:
            return Reply(None, f"no answer within {self._within_s:g} seconds")
        except NotPublicError as refused:
            log.warning("a webhook was not sent", extra={"reason": str(refused)})
            return Reply(None, str(refused))
        except UrlUnfit as refused:
            return Reply(None, refused.detail)
        except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as failed:
            return Reply(None, f"{type(failed).__name__}: {failed}"[:300])

    async def _post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Reply:
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._resolve(url.host, port)
        if not self._private and not all(map(is_public, addresses)):
            raise NotPublicError(f"{url.host} does not lead to the public internet")
        if not addresses:
            raise NotPublicError(f"{url.host} has no address")
        last = min(len(addresses), ADDRESSES_TRIED) - 1
        for place, address in enumerate(addresses[: last + 1]):
            try:
                return await self._call(url, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if place == last:
                    raise
        raise AssertionError("the last address was tried")

    async def _call(self, url: httpx.URL, address: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Connect to the address that was checked, and speak to the name."""
        there = url.copy_with(host=address)
        named = {**headers, "host": url.netloc.decode("ascii"), "user-agent": AGENT, "accept": "*/*"}
        async with httpx.AsyncClient(
            verify=self._trust, trust_env=False, timeout=httpx.Timeout(self._within_s, connect=CONNECT_S)
        ) as client:
            request = client.build_request(
                "POST", there, headers=named, content=body, extensions={"sni_hostname": url.host}
            )
            answer = await client.send(request, stream=True, follow_redirects=False)
            try:
                return Reply(answer.status_code, retry_after_s=_seconds(answer.headers.get("retry-after")))
            finally:
                await answer.aclose()  # unread: a receiver's words are of no use to us, however many


def _seconds(told: str | None) -> int | None:
    """A wish in seconds; one that names a date is not heeded."""
    return int(told) if told and told.isascii() and told.isdigit() and len(told) <= 9 else None
