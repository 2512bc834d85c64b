"""The picture of the stock in memory: is there one where there should be, and does it keep up."""

from pathlib import Path
from typing import Final

import msgspec

from sangdan.flows.picture.shelves import FRESH_S

from .finding import Finding

# So much of its room in use, and it will soon be made anew, larger.
NEARLY: Final = 0.9


class SeenPicture(msgspec.Struct, frozen=True):
    """What was seen of it.

    folder  SANGDAN_PICTURE
    age_s   since the database was last asked; None: there is no picture of this database
    full    the share of its room that is in use
    """

    folder: Path
    age_s: float | None
    full: float


def judge_picture(seen: SeenPicture) -> list[Finding]:
    """What keeps servers from quoting from it."""
    if seen.age_s is None:
        return [
            Finding("warning", "picture-missing", f"There is no picture of the stock in {seen.folder}.",
                    "Every promise asks the database what lies on the shelves.",
                    "Start a worker on this machine with the same SANGDAN_PICTURE: sangdan worker")
        ]  # fmt: skip
    found: list[Finding] = []
    if seen.age_s > FRESH_S:
        found.append(
            Finding("warning", "picture-old", f"The picture of the stock in {seen.folder} is {seen.age_s:.0f} s old.",
                    "Every promise asks the database what lies on the shelves.",
                    "journalctl -u sangdan-worker tells what holds its follower up")
        )  # fmt: skip
    if seen.full > NEARLY:
        found.append(
            Finding("note", "picture-nearly-full", f"The picture of the stock is {seen.full:.0%} full.",
                    "It will be made anew, larger, and meanwhile promises ask the database.", "Nothing to do")
        )  # fmt: skip
    return found
