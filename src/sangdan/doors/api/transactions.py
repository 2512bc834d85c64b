"""One request, one transaction, one answer: nothing is sent before COMMIT has succeeded."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sangdan.doors.access import is_open
from sangdan.kit import requests
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.requests import Answer

from .trail import Trail

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def takes_key(method: str, opt: Mapping[str, Any]) -> bool:
    """Whether a route wants an Idempotency-Key.

    opt  of the route; one with transactions of its own says `keyed` when it looks after its key too
    """
    return method not in READS and not opt.get("harmless") and (not opt.get("own_transactions") or "keyed" in opt)


async def key_and_hash(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """The key that makes a request harmless to send again, and what tells it from others.

    raises  KeyMissing, KeyUnfit
    """
    key = requests.check_key(request.headers.get("idempotency-key"))
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return key, requests.hash_body(request.method, target, await request.body())


class Transactions(ASGIMiddleware):
    """Runs a route inside a transaction and holds its answer back until that is committed.

    A write also takes its Idempotency-Key in that transaction, so that twins get one effect and one answer. A route
    whose `opt` says `harmless` needs no key: running it twice changes nothing. One that says `own_transactions` is
    left alone. Whatever changes is noted for the audit.

    pool   where the transactions are
    clock  dates the keys
    """

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "own_transactions"

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self.should_bypass_for_scope = is_open
        self._pool = pool
        self._clock = clock

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Seer, Any, Any] = Request(scope, receive)
        key, body_hash = "", b""
        if takes_key(request.method, request.route_handler.opt):
            # The whole body first: a slow sender must not hold a connection.
            key, body_hash = await key_and_hash(request)
        for message in await self._pool.retried(lambda conn: self._run(request, conn, key, body_hash, next_app)):
            await send(message)

    async def _run(
        self, request: Request[Seer, Any, Any], conn: Conn, key: str, body_hash: bytes, next_app: ASGIApp
    ) -> list[Message]:
        """The messages of the answer: of the twin that came first, else of the route itself."""
        client_id = request.user.client_id
        if key:
            known = await requests.claim(conn, client_id, key, body_hash, self._clock.now())
            if known is not None:
                return _replayed(known)
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        state = request.scope["state"]
        state["conn"], state["in_transaction"] = conn, True
        trail = state["trail"] = Trail()
        try:
            await next_app(request.scope, request.receive, hold)
        finally:
            state["in_transaction"] = False
        if request.method not in READS:
            body = await request.body() if key else None
            await trail.write(conn, request, body, self._clock.now())
        if key:
            await requests.remember(conn, client_id, key, _answer(held))
        return held


def _answer(held: list[Message]) -> Answer:
    status, body = 200, b""
    for message in held:
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            body += message["body"]
    assert status < 400, "a refusal must be raised as a problem, so that it rolls back"
    return Answer(status, body)


def _replayed(known: Answer) -> list[Message]:
    headers = [(b"idempotent-replayed", b"true")]
    if known.status != 204:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(known.answer)).encode())]
    return [
        {"type": "http.response.start", "status": known.status, "headers": headers},
        {"type": "http.response.body", "body": known.answer, "more_body": False},
    ]
