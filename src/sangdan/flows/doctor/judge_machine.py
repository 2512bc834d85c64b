"""The machine: programs, time zones, the home folder and its disk."""

from pathlib import Path
from typing import Final

import msgspec

from .finding import Finding

_GB: Final = 1_000_000_000
FREE_LEAST: Final = _GB // 2
FREE_ENOUGH: Final = 5 * _GB


class SeenMachine(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of the machine.

    programs    why PostgreSQL's programs do not run here; None when they do, or another server is used
    dbmate      the program that migrates is there
    zones       time zones of which nothing is known
    home        SANGDAN_HOME
    writable    whether we may write there; None: it does not exist yet
    mode        its rights, as octal digits; None: it does not exist yet
    free_bytes  on its disk
    """

    programs: str | None
    dbmate: bool
    zones: tuple[str, ...]
    home: Path
    writable: bool | None
    mode: str | None
    free_bytes: int


def judge_machine(seen: SeenMachine) -> list[Finding]:
    """What the machine lacks."""
    found: list[Finding] = []
    if seen.programs is not None:
        found.append(
            Finding("error", "programs-missing", seen.programs, "The embedded database cannot start.", "make setup")
        )
    if not seen.dbmate:
        found.append(
            Finding("error", "dbmate-missing", "The program dbmate is not there.", "No version can be installed or "
                    "upgraded: the database cannot be brought to its form.", "make setup")
        )  # fmt: skip
    if seen.zones:
        found.append(
            Finding("error", "zones-missing", f"Nothing is known of the time zone {', '.join(seen.zones)}.",
                    "No date can be promised.", "pip install tzdata")
        )  # fmt: skip
    return [*found, *_home(seen)]


def _home(seen: SeenMachine) -> list[Finding]:
    found: list[Finding] = []
    if seen.writable is False:
        found.append(
            Finding("error", "home-closed", f"{seen.home} is not writable for this account.",
                    "Nothing can be kept there.", f"chown -R $(id -un) {seen.home}, or choose another SANGDAN_HOME")
        )  # fmt: skip
    if seen.mode is not None and int(seen.mode[-1]) & 2:
        found.append(
            Finding("error", "home-open", f"Everybody may write into {seen.home} (mode {seen.mode}).",
                    "Any account of this machine can replace the database and the keys.", f"chmod o-w {seen.home}")
        )  # fmt: skip
    if seen.free_bytes < FREE_ENOUGH:
        worse = seen.free_bytes < FREE_LEAST
        found.append(
            Finding("error" if worse else "warning", "disk-low",
                    f"{seen.free_bytes / _GB:.1f} GB are free where {seen.home} lies.",
                    "A database whose disk is full takes no orders.",
                    "Free some space, or move SANGDAN_HOME to a larger disk")
        )  # fmt: skip
    return found
