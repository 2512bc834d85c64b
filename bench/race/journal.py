"""What a racer writes down: before each deed what it will do, after it what it was told. It outlives kill -9."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from .deeds import AnyDeed, Told


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: a deed that is about to be tried for the first time, one that is tried again, or an answer."""

    key: str
    deed: AnyDeed | None = None
    again: bool = False
    told: Told | None = None


class Story(msgspec.Struct, frozen=True):
    """One journal, read.

    deeds  by key, in the order of their first trial
    told   every answer to a key
    tries  how often something was tried
    torn   lines that were cut off in writing
    """

    deeds: dict[str, AnyDeed]
    told: dict[str, list[Told]]
    tries: int
    torn: int

    @property
    def open(self) -> list[AnyDeed]:
        """Deeds of which nobody knows what became of them."""
        return [deed for key, deed in self.deeds.items() if key not in self.told]


class Journal:
    """A file that lines are added to; each is in the system's hands before the next thing happens."""

    def __init__(self, path: Path) -> None:
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._encode = msgspec.json.Encoder().encode
        if torn:
            os.write(self._file, b"\n")

    def begin(self, deeds: Sequence[AnyDeed]) -> None:
        """These will be tried now, for the first time."""
        self._write([Line(deed.key, deed=deed) for deed in deeds])

    def again(self, deeds: Sequence[AnyDeed]) -> None:
        """These will be tried once more."""
        self._write([Line(deed.key, again=True) for deed in deeds])

    def told(self, answers: Mapping[str, Told]) -> None:
        """This is what we were told, by key."""
        self._write([Line(key, told=told) for key, told in answers.items()])

    def close(self) -> None:
        """No more lines."""
        os.close(self._file)

    def _write(self, lines: Sequence[Line]) -> None:
        left = memoryview(b"".join(self._encode(line) + b"\n" for line in lines))
        while left:
            left = left[os.write(self._file, left) :]


def read(path: Path) -> Story:
    """A journal, as far as it was written."""
    story = Story({}, {}, 0, 0)
    tries = torn = 0
    for line in _lines(path):
        if line is None:
            torn += 1
        elif line.told is not None:
            story.told.setdefault(line.key, []).append(line.told)
        else:
            tries += 1
            if line.deed is not None:
                story.deeds[line.key] = line.deed
    return Story(story.deeds, story.told, tries, torn)


def _lines(path: Path) -> Iterator[Line | None]:
    decode = msgspec.json.Decoder(Line).decode
    if not path.exists():
        return
    with path.open("rb") as file:
        for raw in file:
            try:
                yield decode(raw)
            except msgspec.DecodeError:
                yield None
