"""The server's process: start it, wait until it answers, end it. Every wait is on a condition, none on a clock.

The server inherits an open, locked file, the pulse, as its standard input. While any process of it lives, the lock
is held, whatever the process numbers say: that tells a living server from the papers of a dead one (postmaster.pid
after kill -9, a number that another program has by now).
"""

import logging
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil

from . import locks
from .account import Account
from .cluster import PORT, Cluster, environment
from .problems import diagnose
from .programs import Programs

log = logging.getLogger("sangdan.postgres")

_LOOK_S: Final = 0.01
_TELL_S: Final = 5.0
_STATE: Final = 7  # the line of postmaster.pid that says "starting", "ready" or "stopping"
_LOG_BYTES: Final = 8 * 1024 * 1024
_QUICK: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

# In the background of a shell that ends at once, the server is nobody's child that must be waited for. A shell gives
# what it sends to the background an empty standard input, so the pulse takes the way over number 3.
_DETACH: Final = 'exec 3<&0; "$0" "$@" <&3 3<&- &'
# A throw-away server has a shell that watches: `cat` ends when nobody holds the leash any more, however they ended.
# The leash is still there only when nobody had the time to remove the folder.
_DETACH_ON_LEASH: Final = """
exec 3<&0
folder=$1 leash=$2
shift 2
(
    "$0" "$@" <&3 3<&- &
    exec 3<&-
    cat "$leash" >/dev/null
    if [ -e "$leash" ]; then kill -QUIT $!; wait; rm -rf "$folder"; fi
) &
"""


def lives(cluster: Cluster) -> bool:
    """Whether any process of the server lives."""
    return locks.is_held(cluster.pulse)


def postmaster(cluster: Cluster) -> int | None:
    """The number of the server's main process as its papers say, if a process of that number works in that folder."""
    lines = _papers(cluster)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    return pid if _works_in(pid, cluster.data) else None


def is_up(cluster: Cluster) -> bool:
    """Whether the server runs as a whole; without its main process what is left of it only stands in the way."""
    return lives(cluster) and postmaster(cluster) is not None


def is_ready(cluster: Cluster) -> bool:
    """Whether the server answers."""
    lines = _papers(cluster)
    return len(lines) > _STATE and lines[_STATE].strip() == "ready" and postmaster(cluster) is not None


def hold_leash(cluster: Cluster, account: Account) -> int:
    """Hold the named pipe that keeps a throw-away server alive, making it when absent.

    The caller holds the starting lock. Each folder's pipe has a name of its own, so that the watching shell of a
    removed folder never takes a new one of the same name for its own.
    """
    leash = _leash(cluster)
    if leash is None:
        leash = cluster.folder / f"leash-{secrets.token_hex(8)}"
        os.mkfifo(leash, 0o600)
        account.own(leash)
    return os.open(leash, os.O_RDWR | os.O_CLOEXEC)


def start(cluster: Cluster, programs: Programs, account: Account, more: Mapping[str, str] | None = None) -> None:
    """Start the server and wait until it answers, however long it mends what a crash left.

    more    further settings of this one start
    raises  what `diagnose` makes of the server's last words when it ends instead
    """
    pulse = locks.take(cluster.pulse, wait=False)
    while pulse is None:  # somebody was looking whether it is held, for an instant
        pause()
        pulse = locks.take(cluster.pulse, wait=False)
    sockets = cluster.sockets(account)
    try:
        _clear(cluster, sockets)
        said_before = _turn_log(cluster)
        _spawn(cluster, programs, account, pulse, {**_listening(sockets), **(more or {})})
    finally:
        os.close(pulse)
    if not wait_ready(cluster):
        with cluster.log.open("rb") as written:
            written.seek(said_before)
            raise diagnose(written.read().decode(errors="replace"), cluster.folder)


def _listening(sockets: Path) -> dict[str, str]:
    """Nobody but this machine is let in."""
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "logging_collector": "off",
    }


def _spawn(cluster: Cluster, programs: Programs, account: Account, pulse: int, chosen: Mapping[str, str]) -> None:
    settings = {**chosen, **(_QUICK if cluster.throwaway else {})}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = [str(programs.path("postgres")), "-D", str(cluster.data), *options]
    leash = _leash(cluster) if cluster.throwaway else None
    if leash is None:
        detach = [_DETACH, *server]
    else:
        detach = [_DETACH_ON_LEASH, server[0], str(cluster.folder), str(leash), *server[1:]]
    with cluster.log.open("ab") as written:
        subprocess.run(
            ["/bin/sh", "-c", *detach],
            env=environment(),
            cwd="/",
            stdin=pulse,
            stdout=written,
            stderr=written,
            start_new_session=True,
            check=True,
            **account.switch,
        )


def wait_ready(cluster: Cluster) -> bool:
    """Wait until the server answers; False when it ends instead."""
    told_at = time.monotonic()
    while not is_ready(cluster):
        if not lives(cluster):
            return False
        told_at = _told(told_at, "waiting for PostgreSQL in %s; it may be recovering from a crash", cluster)
    return True


def stop(cluster: Cluster, how: signal.Signals = signal.SIGINT) -> None:
    """End the server and wait until its last process has gone.

    how  SIGINT: clients are cut off, everything is written; SIGQUIT: at once, for what nobody needs any more
    """
    told_at = time.monotonic()
    while lives(cluster):
        pid = postmaster(cluster)
        if pid is None:
            end_orphans(cluster)
            continue
        _tell(pid, how)
        while lives(cluster) and _works_in(pid, cluster.data):
            told_at = _told(told_at, "waiting for PostgreSQL in %s to write everything and end", cluster)


def end_orphans(cluster: Cluster) -> None:
    """End what is left of a server whose main process was killed; nothing acknowledged is lost by it."""
    for pid in psutil.pids():
        if _works_in(pid, cluster.data):
            _tell(pid, signal.SIGKILL)
    pause()


def pause() -> None:
    """The time between two looks at a condition."""
    time.sleep(_LOOK_S)


def _told(told_at: float, text: str, cluster: Cluster) -> float:
    """Pause between two looks, and tell from time to time that we still wait. Gives when we last told."""
    pause()
    if time.monotonic() - told_at < _TELL_S:
        return told_at
    log.info(text, cluster.folder)
    return time.monotonic()


def _tell(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        log.debug("process %d had gone already", pid)


def _works_in(pid: int, data: Path) -> bool:
    """Whether a living process of PostgreSQL has this working folder (all of a server's have)."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False


def _leash(cluster: Cluster) -> Path | None:
    return next(cluster.folder.glob("leash-*"), None)


def _papers(cluster: Cluster) -> list[str]:
    try:
        return (cluster.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _clear(cluster: Cluster, sockets: Path) -> None:
    """Remove the papers of a server that is known to be dead: PostgreSQL would trust a number that lives again."""
    if postmaster(cluster) is None:
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


def _turn_log(cluster: Cluster) -> int:
    """Keep the log small: the old one steps aside once. Gives where the next words will stand."""
    if not cluster.log.exists():
        return 0
    if cluster.log.stat().st_size < _LOG_BYTES:
        return cluster.log.stat().st_size
    cluster.log.replace(cluster.log.with_suffix(".log.old"))
    return 0
