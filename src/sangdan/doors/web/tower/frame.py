"""The frame of the tower's pages: the navigation that somebody's role allows, around a page."""

from typing import Any

from litestar import Request, Response

from sangdan.doors.web.answers import html
from sangdan.kit.access import Seer

from .places import navigation


def page(request: Request[Seer, Any, Any], template: str, status: int = 200, **shown: Any) -> Response[str]:
    """A page of the tower.

    template  extends tower/frame.html
    shown     what it speaks of
    """
    has_shop = bool(request.route_handler.opt.get("has_shop"))
    sections = navigation(request.user.role, request.url.path.rstrip("/"), has_shop=has_shop)
    unfit = request.state.get("unfit", "")
    return html(request, template, status, sections=sections, unfit=unfit, **shown)
