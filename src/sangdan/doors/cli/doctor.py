"""`sangdan doctor`: what is wrong with this installation, and how to mend it."""

import asyncio
import platform
import shutil
import stat
import sys
from datetime import datetime
from importlib.metadata import version
from os import W_OK, access
from pathlib import Path
from typing import Final, LiteralString
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import psycopg

from sangdan.doors.web import built
from sangdan.flows import doctor as surgery
from sangdan.flows.doctor import Finding, SeenBackups, SeenMachine, SeenPicture
from sangdan.flows.doctor.judge_settings import on_one_disk
from sangdan.flows.picture import Shelves
from sangdan.kit import postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn, one
from sangdan.kit.migrate import Standing, standing
from sangdan.kit.postgres import archive, backup, dump
from sangdan.kit.postgres.account import ourselves
from sangdan.kit.postgres.programs import programs_for
from sangdan.kit.problems import Problem
from sangdan.kit.settings import BadSettings, Settings, default_home, load

from .output import Json, answer

_ZONES: Final = ("Asia/Seoul",)
_ORDER: Final = ("error", "warning", "note")

ARCHIVING: Final[LiteralString] = """
    -- What failed once and was archived since is nobody's worry.
    SELECT current_setting('archive_mode') <> 'off' AS on,
           current_setting('basic_archive.archive_directory', true) AS folder,
           f.last_failed_wal AS failing, f.last_failed_time AS failing_at
      FROM pg_stat_archiver a
      LEFT JOIN pg_stat_archiver f ON f.last_failed_time > coalesce(a.last_archived_time, '-infinity')
"""


class Archiving(msgspec.Struct, frozen=True):
    """What the server says of its archive."""

    on: bool
    folder: str | None
    failing: str | None
    failing_at: datetime | None


class Report(msgspec.Struct, frozen=True):
    """The answer: what was looked at, and what was found, worst first."""

    about: dict[str, str]
    findings: list[Finding]


def doctor(*, json: Json = False) -> int:
    """Look at everything an installation needs and tell what is wrong, why it matters and how to mend it.

    Nothing is changed; the embedded database is started for the look when it sleeps. Exit code 1 when anything is
    found that does not work, or that may cost what is written.
    """
    about = {
        "sangdan": version("sangdan"), "python": platform.python_version(), "platform": platform.platform(),
    }  # fmt: skip
    try:
        settings = load()
    except BadSettings as reason:
        lines = [line for line in reason.detail.splitlines() if line.startswith("SANGDAN_")]
        found = [_wrong_setting(line) for line in lines]
        found += surgery.judge_machine(_machine(default_home(), embedded=True))
    else:
        found = _examine(settings, about)
    found.sort(key=lambda each: _ORDER.index(each.severity))
    answer(Report(about, found), _told(about, found), json=json)
    return 1 if any(each.severity == "error" for each in found) else 0


def _examine(settings: Settings, about: dict[str, str]) -> list[Finding]:
    embedded = settings.database_url is None
    about["home"] = str(settings.home)
    about["database"] = "embedded" if embedded else "your own server"
    found = surgery.judge_machine(_machine(settings.home, embedded=embedded))
    one_disk = on_one_disk(settings.home, settings.backups)
    found += surgery.judge_settings(settings, same_disk=one_disk, key_file=(settings.home / "master.key").exists())
    found += _pages()
    if any(each.code in ("programs-missing", "home-closed") for each in found):
        return found
    try:
        with postgres.database(settings, migrated=False) as url:
            found += asyncio.run(_database(settings, url, standing(url), about))
    except (Problem, psycopg.OperationalError) as reason:
        found.append(
            Finding("error", "database-away", f"The database does not answer: {str(reason).strip()}",
                    "Nothing works without it.",
                    "sangdan db status" if embedded else "Look at the server that SANGDAN_DATABASE_URL names")
        )  # fmt: skip
    return found


async def _database(settings: Settings, url: str, form: Standing, about: dict[str, str]) -> list[Finding]:
    async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC", autocommit=True) as conn:
        at = WallClock().now()
        seen = await surgery.look_at_database(conn)
        about["postgres"] = seen.version
        found = surgery.judge_database(seen, form, at, settings.database_pool_size)
        if not form.expansions:
            found += surgery.judge_work(await surgery.look_at_work(conn), at)
        if settings.picture is not None and not form.expansions:
            found += surgery.judge_picture(await _picture(conn, settings.picture))
        if settings.backups is not None:
            found += surgery.judge_backups(await _backups(conn, settings, settings.backups), at)
        return found


async def _picture(conn: Conn, folder: Path) -> SeenPicture:
    standing = (await Shelves.open(conn, folder)).standing()
    if standing is None:
        return SeenPicture(folder, None, 0)
    return SeenPicture(folder, standing.as_of_s, standing.grown / standing.room)


async def _backups(conn: Conn, settings: Settings, folder: Path) -> SeenBackups:
    said = await one(conn, Archiving, ARCHIVING)
    embedded = settings.database_url is None
    if embedded:
        shelf = archive.Shelf(folder / str(archive.system_identifier(postgres.folder(settings) / "data")))
        ends = [each.finished_at for each in backup.backups(shelf)]
        left, into = len(list(shelf.base.glob("*.new"))), str(shelf.wal)
    else:
        shelf = folder / dump.folder_name(str(conn.info.dbname)) / "dump"
        ends = [each.finished_at for each in dump.dumps(shelf)]
        left, into = len(list(shelf.glob("*.new"))), ""
    return SeenBackups(
        folder=folder, embedded=embedded, archives=said.on and said.folder == into,
        newest_at=max(ends, default=None), failing=said.failing, failing_at=said.failing_at, cut_off=left,
        free_bytes=_free_bytes(folder),
    )  # fmt: skip


def _machine(home: Path, *, embedded: bool) -> SeenMachine:
    exists = home.is_dir()
    return SeenMachine(
        programs=_programs() if embedded else None,
        dbmate=bool(shutil.which("dbmate", path=str(Path(sys.executable).parent)) or shutil.which("dbmate")),
        zones=tuple(zone for zone in _ZONES if not _is_known(zone)),
        home=home,
        writable=access(home, W_OK) if exists else None,
        mode=f"{stat.S_IMODE(home.stat().st_mode):o}" if exists else None,
        free_bytes=_free_bytes(home),
    )


def _programs() -> str | None:
    try:
        programs_for(ourselves())
    except Problem as reason:
        return reason.detail
    return None


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        return False
    return True


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.exists())).free


def _pages() -> list[Finding]:
    if (built.FOLDER / built.MANIFEST).exists():
        return []
    return [
        Finding("warning", "pages-not-built", "The pages' scripts and styles were not built on this machine.",
                "The tower's pages cannot be shown; the API works.", "python -m sangdan.doors.web.assets")
    ]  # fmt: skip


def _wrong_setting(line: str) -> Finding:
    return Finding(
        "error",
        "bad-setting",
        line,
        "No command starts with it.",
        "Correct or unset it: sangdan config lists them all",
    )


def _told(about: dict[str, str], found: list[Finding]) -> str:
    """The answer as people read it."""
    lines = [", ".join(f"{name} {value}" for name, value in about.items())]
    for each in found:
        lines.append(f"\n{each.severity.upper()}  {each.what}  [{each.code}]\n  why   {each.why}\n  mend  {each.mend}")
    if not found:
        lines.append("\nNothing is wrong.")
    return "\n".join(lines)
