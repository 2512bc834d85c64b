"""Whose account the server runs under: ours, or an unprivileged one when we are root."""

import os
import pwd
import stat
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
        """Hand a file or folder that we made to this account."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)

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


def account_for(data: Path) -> Account:
    """Choose the account: the data folder's owner, else ours, else (as root, whom PostgreSQL refuses) a humble one.

    data    the data folder; it may not exist yet
    gives   an account that is not root
    raises  FolderClosed when the data belongs to somebody we cannot become, or there is no humble account
    """
    us = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if us != 0:
        if owner not in (None, us):
            raise FolderClosed(
                f"{data} belongs to account {owner}, we are {us}: run as its owner, or choose another SANGDAN_HOME.",
                folder=str(data),
            )
        return Account(us, os.getegid(), _name(us))
    if owner:
        return _of(pwd.getpwuid(owner))
    for name in _CANDIDATES:
        try:
            return _of(pwd.getpwnam(name))
        except KeyError:
            continue
    raise FolderClosed("PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it.")


def _of(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _name(uid: int) -> str:
    """The account's name; its number where the machine has no name for it (containers)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
