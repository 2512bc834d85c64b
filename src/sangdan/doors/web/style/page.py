"""The style page: every component in every state, in the language and theme of whoever looks."""

from typing import Any

from litestar import Request, Response, get

from sangdan.doors.web.answers import html


@get("/style", opt={"open": True})
async def page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every component, as the pages use it."""
    return html(request, "style/page.html")
