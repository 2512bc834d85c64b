"""`sangdan db backup`, `restore` and `check`: that tomorrow there is what there is today."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import psycopg
from cyclopts import Parameter
from cyclopts.validators import Number

from sangdan.flows import check_database
from sangdan.flows.check_database import Soundness, Wrong
from sangdan.flows.drift import Drift, drift
from sangdan.kit import feed, postgres, structure
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.migrate import migrate, standing, texts_of
from sangdan.kit.postgres import backup as copies
from sangdan.kit.postgres import dump, pages
from sangdan.kit.postgres import restore as restoring
from sangdan.kit.postgres.dump import Dump
from sangdan.kit.problems import Conflict, Invalid
from sangdan.kit.settings import Settings, load

from .output import Json, answer, table

_KEYS: Final = (
    "It holds the keys that sign promises and the sealed data of people, but not the master key that opens them:\n"
    "keep SANGDAN_MASTER_KEY (or the file master.key in SANGDAN_HOME) elsewhere, and this folder closed to others."
)


class NotEmbedded(Conflict):
    """The command is about the embedded server, and another one is in use."""

    code = "not-embedded"


class NoFolder(Invalid):
    """Nobody said where backups lie."""

    code = "no-backup-folder"


class InstantUnclear(Invalid):
    """The wished instant cannot be read, or leaves open in which time zone it is."""

    code = "instant-unclear"


class Recovered(msgspec.Struct, frozen=True):
    """What a restore gave.

    restored   what was done
    feed       the position of the last fact that followers have seen, its type and its instant; None: no fact yet
    drift      what is not as its facts say: nothing, or the copy was not whole
    """

    restored: restoring.Restored | Dump
    feed: feed.Entry | None
    drift: list[Drift]


def backup(
    folder: Path | None = None,
    /,
    *,
    keep: Annotated[int, Parameter(validator=Number(gte=1))] | None = None,
    json: Json = False,
) -> None:
    """Take a whole copy of the database while it works, and check it.

    With SANGDAN_BACKUPS the embedded server archives all it writes into that folder, so that any instant after the
    oldest copy can be restored. Of your own server (SANGDAN_DATABASE_URL) a dump is taken.

    Parameters
    ----------
    folder
        Where to; SANGDAN_BACKUPS when left out.
    keep
        So many copies stay, and what the oldest of them needs. All stay when left out.
    """
    settings = load()
    into = _named(settings.backups if folder is None else folder)
    taken: copies.Taken | dump.Dumped
    if settings.database_url is not None:
        taken = dump.take(settings.database_url, into, WallClock(), keep=keep)
        reach = "It leads to this moment; instants after it are your server's own archive's."
    else:
        with postgres.database(settings, migrated=False):
            taken = copies.take(_cluster(settings), into, WallClock(), keep=keep)
        reach = (
            f"Any instant from {taken.backup.finished_at.isoformat()} on can be restored, but for the last "
            f"{settings.backups_lag_s} s before a disk is lost."
            if taken.archiving
            else "It leads to this moment and no later: the server does not archive into this folder. Name it in "
            "SANGDAN_BACKUPS and start the server again."
        )
    gone = f"\n{len(taken.removed)} older removed." if taken.removed else ""
    size = f"{taken.backup.bytes_ / 1e6:,.1f} MB"
    answer(taken, f"{taken.folder} is whole and checked ({size}).\n{reach}{gone}\n{_KEYS}", json=json)


def restore(
    folder: Path,
    /,
    *,
    to: str = "latest",
    timeline: Annotated[int, Parameter(validator=Number(gte=1))] | None = None,
    force: bool = False,
    json: Json = False,
) -> int:
    """Make the database anew from a backup, as it was at an instant, and prove that its balances add up.

    The new database stands in SANGDAN_HOME; what lay there is never overwritten. Your own server's dump goes into the
    empty database that SANGDAN_DATABASE_URL names. Exit code 1 when a balance is not the sum of its facts.

    Parameters
    ----------
    folder
        Where the backups lie.
    to
        An instant with its time zone, such as 2026-11-21T02:10:00+09:00, or latest: all that was archived.
    timeline
        Follow this branch of history instead of the newest: every restore begins one.
    force
        Also when there is a database: it steps aside, under another name.
    """
    settings = load()
    done: restoring.Restored | Dump
    if settings.database_url is not None:
        if to != "latest" or timeline is not None:
            raise NotEmbedded(
                "A dump leads to the moment at which it was taken: an instant in between is for your server's own "
                "backups (its WAL archive). Leave --to out."
            )
        done = dump.restore(settings.database_url, folder)
    else:
        done = restoring.restore(
            _cluster(settings), folder.absolute(), WallClock().now(),
            to=_instant(to), timeline=timeline, force=force,
        )  # fmt: skip
    recovered = _looked_at(settings, done)
    answer(recovered, _told(recovered), json=json)
    return 1 if recovered.drift else 0


def check(*, json: Json = False) -> int:
    """Prove that the database is sound: its form, every page and index, every balance, the feed without a gap.

    It reads everything and locks nothing; it may run beside a busy server. Exit code 1 with what is wrong.
    """
    settings = load()
    with postgres.database(settings, migrated=False) as url:
        found = standing(url)
        names, wrong, notes = ["form"], check_database.form(found), list[str]()
        wanted: dict[str, str] | None = None
        if found.expansions or found.newer:
            notes.append("The structure was not compared: the database has another version's form.")
        else:
            wanted = _form_of_this_version()
        if not found.expansions:
            more, also = asyncio.run(_contents(url, wanted))
            going = structure.named_in(texts_of(found.contractions))
            old = [
                each for each in also if each.what.endswith(structure.FOREIGN) and structure.named_in(each.what) & going
            ]
            notes += [f"{each.what}: an older version's, until `sangdan db migrate --contract`." for each in old]
            names, wrong = [*names, *more], [*wrong, *(each for each in also if each not in old)]
        ours = settings.database_url is None
        read = pages.examine(postgres.admin_address(postgres.folder(settings)) if ours else url, may_install=ours)
    if read.refused is None:
        names.append("pages")
    else:
        notes.append(f"Pages were not read: {read.refused}")
    wrong += [Wrong("pages", text) for text in read.damages]
    rows = [(each.check, each.what) for each in wrong]
    text = table(("check", "what is wrong"), rows) if wrong else f"The database is sound: {', '.join(names)}."
    answer(Soundness(names, wrong, notes), "\n".join([text, *notes]), json=json)
    return 1 if wrong else 0


async def _contents(url: str, wanted: dict[str, str] | None) -> tuple[list[str], list[Wrong]]:
    async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as conn:
        return await check_database.contents(conn, wanted)


def _form_of_this_version() -> dict[str, str]:
    """The parts of a fresh database, made for the purpose and gone afterwards."""

    async def read(url: str) -> dict[str, str]:
        async with await psycopg.AsyncConnection.connect(url) as conn:
            return await structure.parts(conn)

    with postgres.throwaway() as server:
        migrate(server.url, contract=True)
        return asyncio.run(read(server.url))


def _named(folder: Path | None) -> Path:
    if folder is None:
        raise NoFolder("Where to? Name a folder, best on another disk: sangdan db backup FOLDER, or SANGDAN_BACKUPS.")
    return folder.absolute()


def _cluster(settings: Settings) -> postgres.Cluster:
    return postgres.Cluster(postgres.folder(settings).absolute(), archive=postgres.archive_of(settings))


def _instant(text: str) -> datetime | None:
    if text == "latest":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InstantUnclear(
            f"--to {text[:60]} is no instant: write it with its time zone, as 2026-11-21T02:10:00+09:00, or latest."
        )
    return at


def _looked_at(settings: Settings, done: restoring.Restored | Dump) -> Recovered:
    async def look(url: str) -> Recovered:
        async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as conn:
            return Recovered(done, await _last(conn), await drift(conn))

    with postgres.database(settings) as url:
        return asyncio.run(look(url))


async def _last(conn: Conn) -> feed.Entry | None:
    head = await feed.head(conn)
    found = await feed.after(conn, head - 1, 1)
    return found[0] if found else None


def _told(seen: Recovered) -> str:
    """The answer as people read it."""
    done = seen.restored
    if isinstance(done, Dump):
        lines = [f"Restored from the dump {done.name}: all that was committed when it began."]
    else:
        lines = [
            f"Restored to {done.reached_at.isoformat()}, when the last transaction in it was committed.",
            f"From the copy {done.backup.name} and the archive; timeline {done.timeline} begins here.",
        ]
        if done.set_aside is not None:
            lines.append(f"What lay there is now in {done.set_aside}: remove it when you need it no more.")
    if seen.feed is not None:
        lines.append(f"The last fact is {seen.feed.type} at {seen.feed.at.isoformat()}, feed position "
                     f"{seen.feed.position}: whoever follows the feed goes on from there.")  # fmt: skip
    rooms = ", ".join(f"{each.room} {each.row}" for each in seen.drift[:5])
    lines.append(f"{len(seen.drift)} balances are not the sum of their facts: {rooms}" if seen.drift else "No drift.")
    return "\n".join(lines)
