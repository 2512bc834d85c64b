"""What stands before every page: headers that keep a browser safe, where a POST comes from, the session, the role."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sangdan.doors.access import Roles
from sangdan.doors.problems import RoleMayNot
from sangdan.kit.allowance import Allowance
from sangdan.kit.problems import Problem

from .answers import as_page
from .costs import cost_of
from .errors import NotFromHere, NotSignedIn
from .people.asker import address_of, is_of_this_machine
from .sessions import COOKIE, Sessions

# Scripts, styles, fonts and pictures come from here and nowhere else; nothing inline runs.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A page that scans and works offline: its worker and manifest, pictures of the camera, a decoder in WebAssembly.
POLICY_ON_THE_FLOOR: Final = (
    POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'").replace(
        "img-src 'self' data:", "img-src 'self' data: blob:; media-src 'self' blob:"
    )
    + "; worker-src 'self'; manifest-src 'self'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
HEADERS_ON_THE_FLOOR: Final[Mapping[str, str]] = {
    **HEADERS,
    "content-security-policy": POLICY_ON_THE_FLOOR,
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


class Guard(ASGIMiddleware):
    """Lets a request through to its page.

    A route says by `opt` for whom it is: `open` for anybody, `roles` for those of these roles who are signed in. One
    that says neither is for nobody. `camera` allows the camera, and what a page needs that works offline.

    sessions   knows who is signed in
    allowance  of each address for the pages that are open; whoever is on this very machine is not held back
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, sessions: Sessions, allowance: Allowance) -> None:
        self._sessions = sessions
        self._allowance = allowance

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive)
        opt = request.route_handler.opt
        headers = _RAW_ON_THE_FLOOR if opt.get("camera") else _RAW

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        try:
            check_origin(request)
            if opt.get("open"):
                self._let_ask(request)
            scope["user"] = await self._sessions.with_cookie(request.cookies.get(COOKIE))
            if not opt.get("open"):
                check_role(request, opt.get("roles", frozenset()))
        except Problem as problem:
            page: Any = as_page(request, problem)
            await page.to_asgi_response(None, request)(scope, receive, guarded)
            return
        await next_app(scope, receive, guarded)

    def _let_ask(self, request: Request[Any, Any, Any]) -> None:
        """Let through what the address may still ask for.

        raises  TooManyRequests
        """
        if not is_of_this_machine(request):
            costs = cost_of(request.method, request.scope["path_template"])
            self._allowance.take(address_of(request), costs, asyncio.get_running_loop().time())


def check_role(request: Request[Any, Any, Any], roles: Roles) -> None:
    """Let through whoever is signed in and has one of the roles.

    raises  NotSignedIn, RoleMayNot
    """
    if request.user is None:
        raise NotSignedIn("Sign in to see this page.")
    if request.user.role not in roles:
        raise RoleMayNot(f"A key of role {request.user.role} may not do this.", role=request.user.role)


def check_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse a POST that a page of another site made the browser send; every browser says where it comes from.

    raises  NotFromHere
    """
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    here = request.headers.get("host", "")
    ours = site == "same-origin" if site else origin in (f"http://{here}", f"https://{here}")
    if not ours:
        raise NotFromHere("This was sent by a page of another site; open the tower and try there.")


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


_RAW: Final = _raw(HEADERS)
_RAW_ON_THE_FLOOR: Final = _raw(HEADERS_ON_THE_FLOOR)
