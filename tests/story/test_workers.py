"""`sangdan serve --workers`: several processes on one socket, of which none is missed."""

import os
import signal
from collections.abc import Iterator

import httpx
import psutil
import pytest

from .tower import Tower, tower, until

SERVERS = 2


@pytest.fixture(scope="module")
def crew() -> Iterator[Tower]:
    with tower("--workers", str(SERVERS)) as running:
        yield running


def members(running: Tower) -> dict[int, psutil.Process]:
    """The processes that answer, and the worker."""
    found = psutil.Process(running.pid).children()
    return {
        child.pid: child
        for child in found
        if child.status() != psutil.STATUS_ZOMBIE and any("spawn_main" in word for word in child.cmdline())
    }


def answers(running: Tower) -> bool:
    try:
        return httpx.get(f"{running.address}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_whoever_is_killed_is_replaced_and_nobody_is_left_behind(crew: Tower) -> None:
    until(lambda: answers(crew), "an answer")
    until(lambda: len(members(crew)) == SERVERS + 1, "two servers and the worker")
    first = members(crew)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(members(crew).keys() - first.keys()) == SERVERS + 1, "three others in their place")
    until(lambda: answers(crew), "an answer from them")
    last = members(crew).values()
    crew.end()
    assert not any(child.is_running() for child in last)
    assert "is started anew" in crew.log.read_text()


def test_whoever_started_them_is_killed_and_they_go_too() -> None:
    """They would keep the address, and answer beside whatever is started next."""
    with tower("--workers", str(SERVERS)) as running:
        until(lambda: answers(running) and len(members(running)) == SERVERS + 1, "two servers and the worker")
        crew = members(running).values()
        running.end(signal.SIGKILL)
        until(lambda: not any(is_there(child) for child in crew), "the end of all")


def is_there(child: psutil.Process) -> bool:
    """Whether it runs; one that ended may wait for whoever inherits it."""
    try:
        return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
