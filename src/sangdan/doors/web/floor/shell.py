"""The floor app itself: one page that is kept on the device, and the worker that serves it where there is no line."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from sangdan.doors.web.answers import html, words
from sangdan.doors.web.templates_in import ASSETS
from sangdan.flows.picture import network_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool

from .people import AT_NODES, own_nodes


@get("/floor")
async def app(request: Request[Seer, Any, Any], pool: NamedDependency[Pool]) -> Response[str]:
    """The page. What it shows comes afterwards, from the device or from the tower."""
    seer = request.user
    say = words(request)
    async with pool.transaction() as conn:
        nodes = own_nodes(await network_of(conn), seer) if seer.role in AT_NODES else []
    me = {
        "who": seer.client_id,
        "role": "floor" if seer.role in AT_NODES else "courier",
        "nodes": [{"id": node.node_id, "name": say.of(node), "pickup": node.pickup} for node in nodes],
        "icons": ASSETS.url("icons.svg"),
        "scanner": ASSETS.url("scanner.wasm"),
    }
    return html(request, "floor/app.html", seer=seer, me=me, texts=say.for_scripts("floor"))


@get("/floor/worker.js", opt={"open": True}, sync_to_thread=False)
def worker() -> Response[bytes]:
    """The worker: it lives at a fixed address, so that a new one takes the old one's place."""
    found = ASSETS.read(ASSETS.url("floor-worker.js").rpartition("/")[2])
    headers = {"cache-control": "no-cache", "service-worker-allowed": "/floor"}
    return Response(found.body, media_type="text/javascript", headers=headers)


@get("/floor/app.webmanifest", opt={"open": True}, sync_to_thread=False)
def manifest(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """What makes it an app that can be installed."""
    say = words(request)
    told: dict[str, Any] = {
        "id": "/floor",
        "name": say("Sangdan floor"),
        "short_name": say("Floor"),
        "lang": say.language,
        "start_url": "/floor",
        "scope": "/floor",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f6f3ec",
        "theme_color": "#f6f3ec",
        "icons": [
            {"src": ASSETS.url("seal.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            *(_picture(side, purpose) for side in (192, 512) for purpose in ("any", "maskable")),
        ],
    }
    headers = {"cache-control": "no-cache"}
    return Response(told, media_type="application/manifest+json", headers=headers)


def _picture(side: int, purpose: str) -> dict[str, str]:
    src = ASSETS.url(f"seal-{side}.png")
    return {"src": src, "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
