"""The pages as a browser asks for them, with assets that are empty: what is in them is another test's matter."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web import app as web_app
from sangdan.doors.web import templates_in
from sangdan.doors.web.app import lost, make_web
from sangdan.doors.web.built import Asset
from sangdan.kit import audit
from sangdan.kit.clock import Clock
from sangdan.kit.db import Pool
from sangdan.kit.passwords import Hasher
from sangdan.kit.staff import accounts
from sangdan.kit.staff.accounts import Role

from .conftest import AT

FROM_HERE: Final = {"sec-fetch-site": "same-origin"}
PAGE: Final = {"accept": "text/html", "accept-language": "en"}
PASSWORD: Final = "a sentence of my own, 1447"


class NoAssets:
    """Assets of any name, all of them empty."""

    def url(self, name: str) -> str:
        return f"/assets/{name}"

    def read(self, name: str) -> Asset:
        return Asset("text/plain", b"", None)


def without_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages ask for assets, and any will do."""
    for module in (templates_in, web_app):
        monkeypatch.setattr(module, "ASSETS", NoAssets())


@asynccontextmanager
async def browser(house: House, wall: Clock, **options: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser at the pages, not signed in."""
    app = make_app(house, make_web(house, asyncio.Event(), wall=wall, **options), lost)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=PAGE) as opened:
        yield opened


async def post(web: httpx.AsyncClient, path: str, **data: str) -> httpx.Response:
    """Send a form of our own page."""
    return await web.post(path, data=data, headers=FROM_HERE)


async def person(
    db: Pool, name: str, role: Role, partner: str | None = None, nodes: tuple[str, ...] = (), password: str = PASSWORD
) -> None:
    """Somebody with an account and a password."""
    chosen = await Hasher().hash(password)
    async with db.transaction() as conn:
        await accounts.make(conn, name, role, partner, nodes or None, AT)
        await accounts.set_password(conn, name, chosen)


async def noted(db: Pool, subject: str) -> list[str]:
    """What the audit holds of something, oldest first."""
    async with db.transaction() as conn:
        return [each.what for each in await audit.latest(conn, None, 100, subject=subject)][::-1]


def token_in(text: str, path: str) -> str:
    """The token of a link in a page."""
    assert not Path(path).suffix
    start = text.index(f"{path}?token=") + len(f"{path}?token=")
    return text[start : start + 43]
