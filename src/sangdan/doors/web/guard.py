"""What stands before every page: headers that keep a browser safe, where a POST comes from, the session."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sangdan.kit.problems import Problem

from .answers import as_page
from .errors import NotFromHere, NotSignedIn
from .sessions import COOKIE, Sessions

# Scripts, styles, fonts and pictures come from here and nowhere else; nothing inline runs.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_RAW: Final = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Guard(ASGIMiddleware):
    """Lets a request through to its page; a route whose `opt` says `open` needs no session.

    sessions  knows who is signed in
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_RAW]
            await send(message)

        request: Request[Any, Any, Any] = Request(scope, receive)
        try:
            check_origin(request)
            scope["user"] = await self._sessions.with_cookie(request.cookies.get(COOKIE))
            if scope["user"] is None and not request.route_handler.opt.get("open"):
                raise NotSignedIn("Sign in to see this page.")
        except Problem as problem:
            page: Any = as_page(request, problem)
            await page.to_asgi_response(None, request)(scope, receive, guarded)
            return
        await next_app(scope, receive, guarded)


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
