"""The backups: how old the newest whole copy is, and whether the archive follows."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from .finding import Finding

OLD: Final = timedelta(hours=26)
TOO_OLD: Final = timedelta(days=8)
_GB: Final = 1_000_000_000


class SeenBackups(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of the backups.

    folder       where they lie
    embedded     they are of the embedded server, which archives; else they are dumps
    archives     the running server archives into that folder
    newest_at    when the newest whole copy ended, which was checked then; None: there is none
    failing      the piece of the log that could not be archived last, when nothing was archived since
    failing_at   since when
    cut_off      copies that were begun and never finished
    free_bytes   on their disk
    """

    folder: Path
    embedded: bool
    archives: bool
    newest_at: datetime | None
    failing: str | None
    failing_at: datetime | None
    cut_off: int
    free_bytes: int


def judge_backups(seen: SeenBackups, at: datetime) -> list[Finding]:
    """What a lost disk would cost more than it must.

    at  now
    """
    found = [*_copies(seen, at), *(_archive(seen) if seen.embedded else [])]
    if seen.cut_off:
        found.append(
            Finding("note", "backup-cut-off", f"{seen.cut_off} copies in {seen.folder} were never finished.",
                    "They take room and lead nowhere.", "sangdan db backup removes them")
        )  # fmt: skip
    if seen.free_bytes < _GB:
        found.append(
            Finding("warning", "backups-disk-low", f"{seen.free_bytes / _GB:.1f} GB are free in {seen.folder}.",
                    "When the archive cannot be written, the database's own disk fills up next.",
                    "sangdan db backup --keep 2, or a larger disk")
        )  # fmt: skip
    return found


def _copies(seen: SeenBackups, at: datetime) -> list[Finding]:
    if seen.newest_at is None:
        return [
            Finding("error", "never-backed-up", f"There is no whole copy in {seen.folder}.",
                    "An archive without a copy to begin with restores nothing.", "sangdan db backup")
        ]  # fmt: skip
    age = at - seen.newest_at
    if age <= OLD:
        return []
    return [
        Finding("error" if age > TOO_OLD else "warning", "backup-old",
                f"The newest whole copy is {age.days * 24 + age.seconds // 3600} hours old.",
                "A restore replays everything since: the older the copy, the longer the shop is shut.",
                "systemctl status sangdan-backup.timer; sangdan db backup")
    ]  # fmt: skip


def _archive(seen: SeenBackups) -> list[Finding]:
    if not seen.archives:
        return [
            Finding("error", "archive-off", f"The running database does not archive into {seen.folder}.",
                    "What is written from now on cannot be restored.",
                    "Start it again with SANGDAN_BACKUPS set: sangdan db stop --force; sangdan db start")
        ]  # fmt: skip
    if seen.failing is None:
        return []
    since = "" if seen.failing_at is None else f" since {seen.failing_at.isoformat()}"
    return [
        Finding("error", "archive-failing", f"{seen.failing} cannot be archived{since}.",
                "What is written from there on cannot be restored, and the database's disk fills up.",
                f"Look at the rights and the room of {seen.folder}; it goes on by itself")
    ]  # fmt: skip
