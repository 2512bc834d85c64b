"""File locks of the operating system: they end with the process that holds them, however it ends."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def _opened(path: Path) -> int:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)


def _is_still(path: Path, fd: int) -> bool:
    """Whether the open file is the one that the path names: a throw-away folder may have gone in between."""
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(fd)
    return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)


def take(path: Path, *, shared: bool = False, wait: bool = True) -> int | None:
    """Lock a file, making it when absent.

    path    the file
    shared  other shared holders are welcome
    wait    until it is free; else give up at once
    gives   the open file, whose closing frees the lock; None when it is taken and we do not wait
    """
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    while True:
        fd = _opened(path)
        try:
            fcntl.flock(fd, kind)
        except BlockingIOError:
            os.close(fd)
            return None
        except BaseException:
            os.close(fd)
            raise
        if _is_still(path, fd):
            return fd
        os.close(fd)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the file's exclusive lock for a block."""
    fd = take(path)
    assert fd is not None
    try:
        yield
    finally:
        os.close(fd)


def is_held(path: Path) -> bool:
    """Whether anyone holds the file exclusively."""
    if not path.exists():
        return False
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
