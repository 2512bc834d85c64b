"""The installation's master key: from the settings, or from a file beside the embedded database. Nobody is shown it."""

import os
import secrets
from pathlib import Path
from typing import Final

from .disk import write_through
from .problems import Conflict, Unavailable
from .settings import Settings

KEY_BYTES: Final = 32
FILE: Final = "master.key"
NEXT_FILE: Final = "master.key.next"

_MAKE_ONE: Final = "`openssl rand -hex 32` makes one; keep a copy apart from the database's backups"


class MasterKeyMissing(Unavailable):
    """There is no master key, and none may be made here: it would be lost, or would not fit."""

    code = "master-key-missing"


class MasterKeyWrong(Conflict):
    """The master key is not the one that this database's data keys were wrapped with."""

    code = "master-key-wrong"


class MasterKeyUnfit(Conflict):
    """The file of the master key can be read by others than its owner, or does not hold a key."""

    code = "master-key-unfit"


def new_master_key() -> str:
    """A key nobody can guess, as SANGDAN_MASTER_KEY takes it: 64 hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def master_keys(settings: Settings, *, fresh: bool) -> list[bytes]:
    """The keys that may have wrapped this database's data keys, the newest last.

    settings  the key itself, or the folder where it is kept
    fresh     the database has no data key yet: a missing file may be made
    gives     one key; two while the master key is being changed
    raises    MasterKeyMissing, MasterKeyUnfit
    """
    if settings.master_key is not None:
        return [bytes.fromhex(key) for key in (settings.master_key, settings.master_key_next) if key is not None]
    file = settings.home / FILE
    if not file.exists() and not (settings.home / NEXT_FILE).exists():
        if settings.database_url is not None:
            raise MasterKeyMissing(
                "Personal data is kept encrypted, and this installation has no master key: set SANGDAN_MASTER_KEY to "
                f"64 hexadecimal digits, the same ones for every process ({_MAKE_ONE})."
            )
        if not fresh:
            raise MasterKeyMissing(
                f"The master key is gone: {file} does not exist, and the personal data in this database cannot be read "
                "without it. Put the file back from your copy, or set SANGDAN_MASTER_KEY.",
                file=str(file),
            )
        _write(file, new_master_key())
    return [_read(each) for each in (file, settings.home / NEXT_FILE) if each.exists()]


def prepare_next(settings: Settings) -> None:
    """Make the next master key beside the present one; one that was made before and not taken yet stays."""
    if not (settings.home / NEXT_FILE).exists():
        _write(settings.home / NEXT_FILE, new_master_key())


def take_next(settings: Settings) -> None:
    """The next master key becomes the present one, in one step; harmless when that happened."""
    if (settings.home / NEXT_FILE).exists():
        (settings.home / NEXT_FILE).replace(settings.home / FILE)
        write_through(settings.home)


def _read(file: Path) -> bytes:
    if file.stat().st_mode & 0o077:
        raise MasterKeyUnfit(f"Others may read {file}: run `chmod 600 {file}`.", file=str(file))
    try:
        key = bytes.fromhex(file.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyUnfit(
            f"{file} does not hold a key of 64 hexadecimal digits: put your copy back.", file=str(file)
        )
    return key


def _write(file: Path, key: str) -> None:
    """Whole or not at all, and the first of two processes that make one at once wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(f"{key}\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    write_through(file.parent)
