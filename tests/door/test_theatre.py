"""Scenes on the page are the command line's program: at most two at once, told line by line, gone with the server."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from sangdan.doors.sim.scenes import Scene, Stage
from sangdan.doors.web.errors import NoSuchScene, ScenesBusy
from sangdan.doors.web.tower.theatre import Theatre

# Says who it is, a line that is no scene's, and then: ends well, fails, or stays.
PROGRAM: Final = """
import json, os, sys, time
print(json.dumps({"kind": "step", "ko": sys.argv[1], "en": str(os.getpid()), "facts": {}}), flush=True)
print("a warning of some library", flush=True)
if sys.argv[1] == "stays":
    time.sleep(600)
print(json.dumps({"kind": "end", "ko": "끝", "en": "end", "facts": {"holds": sys.argv[1] == "ends"}}), flush=True)
sys.exit(0 if sys.argv[1] == "ends" else 1)
"""


async def nothing(stage: Stage) -> None:
    """The program plays, not this."""


def scene(name: str) -> Scene:
    return Scene(name=name, title_ko="가", title_en="a", about_ko="나", about_en="b", run=nothing)


@pytest.fixture
def stop() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def theatre(tmp_path: Path, stop: asyncio.Event) -> Theatre:
    program = tmp_path / "scene.py"
    program.write_text(PROGRAM)
    scenes = {name: scene(name) for name in ("ends", "fails", "stays", "stays-too", "third")}
    return Theatre(scenes, stop, (sys.executable, str(program)))


async def told(theatre: Theatre, name: str, after: int = 0) -> list[str]:
    """The events of a scene from a line on, without the first, which only says when to come back."""
    return [piece.decode() async for piece in theatre.stream(name, after)][1:]


@pytest.mark.parametrize(("name", "exit_code"), [("ends", 0), ("fails", 1)])
async def test_a_scene_is_told_line_by_line_and_again_to_who_comes_later(
    theatre: Theatre, name: str, exit_code: int
) -> None:
    assert theatre.state(name) == "idle"
    theatre.start(name)
    assert theatre.state(name) == "plays"
    lines = await told(theatre, name)

    assert [line.split("\n")[0] for line in lines] == ["id: 1", "id: 2", "event: over"]
    assert lines[-1] == f"event: over\ndata: {exit_code}\n\n"
    assert theatre.state(name) == "ended"
    assert await told(theatre, name) == lines
    assert await told(theatre, name, after=1) == lines[1:]


async def test_a_scene_that_plays_is_not_started_twice_and_no_more_than_two_play(
    theatre: Theatre, stop: asyncio.Event
) -> None:
    theatre.start("stays")
    theatre.start("stays")
    theatre.start("fails")
    with pytest.raises(ScenesBusy):
        theatre.start("third")
    await told(theatre, "fails")
    theatre.start("ends")
    await told(theatre, "ends")
    assert theatre.state("stays") == "plays"
    with pytest.raises(NoSuchScene):
        theatre.start("nothing")
    stop.set()


async def test_what_plays_ends_with_the_server(theatre: Theatre, stop: asyncio.Event) -> None:
    theatre.start("stays")
    stream = theatre.stream("stays", 0)
    pieces = [(await anext(stream)).decode() for _ in range(2)]
    pid = int(msgspec.json.decode(pieces[1].split("data: ")[1])["en"])
    os.kill(pid, 0)  # it lives

    stop.set()
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=30)
    assert theatre.state("stays") == "ended"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
