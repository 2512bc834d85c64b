"""Scenes as the tests see them: played to the end, and asked whether they are told in both languages."""

from functools import cache
from typing import Final

import msgspec

from sangdan.doors.sim.scenes import Line, play
from sangdan.doors.sim.scenes.stage import as_text

HANGUL: Final = range(0xAC00, 0xD7A4)


def played(name: str) -> tuple[bool, list[Line]]:
    """Whether a scene came out true, and what it told."""
    lines: list[Line] = []
    return play(name, lines.append), lines


def failed(lines: list[Line]) -> list[str]:
    """What was found untrue; where a scene broke off, why."""
    return [line.en for line in lines if line.facts.get("holds") is False]


@cache
def true_story(name: str) -> tuple[bool, list[Line]]:
    """As it is played by whoever asks first."""
    return played(name)


def check_telling(name: str) -> None:
    """The scene is true, ends once, checks itself, and is told in Korean and in English."""
    holds, lines = true_story(name)

    assert failed(lines) == []
    assert holds
    assert [line.kind for line in lines].count("end") == 1
    assert lines[-1].kind == "end"
    assert sum(line.kind == "check" for line in lines) >= 4
    for line in lines:
        assert any(ord(letter) in HANGUL for letter in line.ko), line.ko
        assert not any(ord(letter) in HANGUL for letter in line.en), line.en
        assert msgspec.json.decode(msgspec.json.encode(line))["facts"] is not None
        assert as_text(line, "ko").endswith(line.ko)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
