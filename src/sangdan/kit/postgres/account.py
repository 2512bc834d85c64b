"""Whose account the server runs under: ours, or an unprivileged one when we are root."""

import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import Final, TypedDict

import msgspec

from .problems import FolderClosed

_CANDIDATES: Final = ("postgres", "nobody")


class Switch(TypedDict, total=False):
    """The arguments of `subprocess` that change the account; empty when none is needed."""

    user: int
    group: int
    extra_groups: list[int]


class Account(msgspec.Struct, frozen=True):
    """An account of this machine.

    uid     its number
    gid     its main group
    name    how people call it
    """

    uid: int
    gid: int
    name: str

    @property
    def switch(self) -> Switch:
        """How to start a program under this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Hand a file or folder that we made to this account; of a link the link alone, never what it points to."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def may_enter(self, folder: Path) -> bool:
        """Whether the folder's mode lets this account through it (extended rules are not looked at)."""
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def stopped_by(self, path: Path) -> Path | None:
        """The first folder on the way to `path` that this account cannot pass; None when the way is open."""
        for folder in reversed(path.resolve().parents):
            if folder.exists() and not self.may_enter(folder):
                return folder
        return None


def ourselves() -> Account:
    """The account that this process runs under."""
    return Account(os.geteuid(), os.getegid(), _name(os.geteuid()))


def account_for(data: Path | None = None) -> Account:
    """Choose the account: the data folder's owner, else ours, else (as root, whom PostgreSQL refuses) a humble one.

    data    the data folder; None, or absent, before the first start
    gives   an account that is not root
    raises  FolderClosed when the data belongs to somebody we cannot become, or there is no humble account
    """
    us = ourselves()
    owner = us if data is None else _owner(data) or us
    if us.uid != 0:
        if owner.uid != us.uid:
            raise FolderClosed(
                f"{data} belongs to '{owner.name}', we are '{us.name}': run as its owner, or choose another folder.",
                folder=str(data),
            )
        return us
    if owner.uid != 0:
        return owner
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise FolderClosed("PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it.")


def open_temporary_folder(account: Account) -> Path:
    """Where temporary folders may be made that the account can reach."""
    for folder in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if folder.is_dir() and account.stopped_by(folder / "any") is None:
            return folder
    raise FolderClosed(f"No temporary folder is open to '{account.name}': name one in TMPDIR.")


def _owner(data: Path) -> Account | None:
    """Who owns the data folder; None when there is none."""
    try:
        found = data.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as reason:
        raise FolderClosed(f"{data} is closed to us: choose another SANGDAN_HOME.", folder=str(data)) from reason
    return Account(found.st_uid, found.st_gid, _name(found.st_uid))


def _name(uid: int) -> str:
    """The account's name; its number where the machine has no name for it (containers)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
