"""`sangdan picture`: the picture of the stock in memory, which servers quote from."""

import asyncio

import psycopg
from cyclopts import App

from sangdan.flows.picture import Shelves, Standing
from sangdan.flows.picture.following import Follower
from sangdan.kit import logs, postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.problems import Invalid, NotFound
from sangdan.kit.settings import Settings, load

from .output import Json, answer
from .signals import end_with_input, stopped_by_signals

app = App(name="picture", help="Keep the picture of the stock in memory, and look how it is (docs/picture.md).")


class PictureOff(Invalid):
    """No folder is set for a picture."""

    code = "picture-off"


class NoPicture(NotFound):
    """The folder holds no picture of this database."""

    code = "no-picture"


@app.command
def follow(*, until_closed: bool = False) -> None:
    """Keep this machine's picture up to date until told to stop. Workers do it by themselves.

    Of several followers of one folder one works and the others wait to take over.

    Parameters
    ----------
    until_closed
        End when standard input is closed, so with whoever started us.
    """
    settings = _chosen()
    logs.configure(settings.log_level.upper())
    with postgres.database(settings) as url:
        asyncio.run(_follow(settings, url, until_closed=until_closed))


@app.command
def show(*, json: Json = False) -> None:
    """Tell how large the picture is, how much of its room is in use and how far it lags behind the database."""
    settings = _chosen()
    with postgres.database(settings) as url:
        standing = asyncio.run(_standing(settings, url))
    if standing is None:
        raise NoPicture(f"There is no picture of this database in {settings.picture}: does a worker run?",
                        folder=str(settings.picture))  # fmt: skip
    answer(standing, _told(standing), json=json)


def _chosen() -> Settings:
    settings = load()
    if settings.picture is None:
        raise PictureOff("Set SANGDAN_PICTURE to a folder, the same for all processes of this machine.")
    return settings


async def _follow(settings: Settings, url: str, *, until_closed: bool) -> None:
    assert settings.picture is not None
    with stopped_by_signals() as stop:
        if until_closed:
            end_with_input(stop)
        await Follower(url, settings.picture, WallClock()).keep(stop)


async def _standing(settings: Settings, url: str) -> Standing | None:
    async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as conn:
        return (await Shelves.open(conn, settings.picture)).standing()


def _told(standing: Standing) -> str:
    lines = (
        ("cells", f"{standing.cells:,}: {standing.skus:,} SKUs, {standing.nodes:,} nodes, {standing.owners:,} owners"),
        ("memory", f"{standing.bytes / 1e6:,.1f} MB, {standing.bytes / max(1, standing.cells):.1f} bytes a cell"),
        ("places in use", f"{standing.grown:,} of {standing.room:,}"),
        ("changes applied", f"{standing.applied:,}"),
        ("lag", f"{standing.as_of_s:.2f} s"),
    )  # fmt: skip
    return "\n".join(f"{name:<16} {text}" for name, text in lines)
