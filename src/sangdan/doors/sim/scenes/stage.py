"""The stage of a scene: a small national alliance to play in, and a voice that tells each line as it happens.

Whatever a scene tells is a line: a step of the story, a quote, a message that a shopper reads, a check. A check that
does not hold fails the scene.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeAlias

import msgspec
import polars as pl

from sangdan.adapters import korea
from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.sim.furnish import furnish
from sangdan.doors.sim.world import World, ground
from sangdan.doors.worker.outside import Outside
from sangdan.kit.clock import Clock, SimClock, WallClock
from sangdan.kit.db import Pool
from sangdan.kit.settings import load
from sangdan.tower.twin.model import Size, make_world
from sangdan.tower.twin.model import World as Furniture
from sangdan.tower.twin.model.world import SEOUL

Kind: TypeAlias = Literal["step", "quote", "message", "check", "end"]
Language: TypeAlias = Literal["ko", "en"]
Tables: TypeAlias = Mapping[str, pl.DataFrame]

SEED: Final = 7
DAY_ON: Final = date(2026, 11, 24)  # an ordinary Tuesday
SMALL: Final = Size(stores=40, products=1000, orders_per_day=1000, members=1000)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a scene.

    at     the scene's instant
    ko,en  the sentence, in both languages
    facts  what it is about, for programs. `nodes`: node ids; `points`: lat, lon, name_ko, name_en and role, for a map;
           a check and the end carry `holds`
    """

    kind: Kind
    at: datetime
    ko: str
    en: str
    facts: dict[str, Any]


Tell = Callable[[Line], None]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the alliance that plays on the production code and ends with checks.

    about_ko  with about_en: a sentence that says what one is about to see
    run       plays it on a fresh stage
    """

    name: str
    title_ko: str
    title_en: str
    about_ko: str
    about_en: str
    run: "Callable[[Stage], Awaitable[None]]"


def as_it_is(tables: Tables) -> Tables:
    """The seeded world, unchanged."""
    return tables


class Stage:
    """Where one scene plays; closed with everything on it when the scene ends.

    clock      the wall's until `furnish` brings the simulated one
    world      pool, clock, engine and agenda, once furnished
    furniture  what the world is made of
    holds      whether every check so far does
    """

    world: World
    furniture: Furniture

    def __init__(self, tell: Tell) -> None:
        self.clock: Clock = WallClock()
        self.holds = True
        self._tell = tell
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "Stage":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def furnish(
        self, begins: datetime, *, size: Size = SMALL, dress: Callable[[Tables], Tables] = as_it_is
    ) -> World:
        """Set up a seeded alliance in a throw-away database, with a gateway that approves.

        begins  the scene's first instant, aware; the alliance is counted at the midnight before
        dress   moves what the scene needs to be in a certain place: gives the tables to load
        gives   the world, its clock at `begins`
        """
        day_on = begins.astimezone(SEOUL).date()
        self.furniture = make_world(SEED, korea.places(load().home), day_on, size)
        url, *_ = await self._open.enter_async_context(ground(None))
        pool = await Pool.open(url, size=8, alone=True)
        self._open.push_async_callback(pool.close)
        counted_at = datetime.combine(day_on, time(), SEOUL) - timedelta(days=1)
        rejected = await furnish(pool, dress(self.furniture.tables), counted_at)
        assert not rejected, f"the scene's world does not fit: {rejected}"
        clock = SimClock(begins)
        self.clock = clock
        self.world = World(pool, clock, SEED, Outside(SandboxGateway(clock)))
        return self.world

    def step(self, ko: str, en: str, **facts: Any) -> None:
        """Tell what happens."""
        self._say("step", ko, en, facts)

    def quote(self, ko: str, en: str, **facts: Any) -> None:
        """Tell a way that the shopper is offered."""
        self._say("quote", ko, en, facts)

    def message(self, ko: str, en: str, **facts: Any) -> None:
        """Tell what a shopper is told."""
        self._say("message", ko, en, facts)

    def check(self, ko: str, en: str, holds: bool, **facts: Any) -> bool:
        """Tell what must be true of the story; one that does not hold fails the scene, which goes on.

        gives  holds
        """
        self.holds = self.holds and holds
        self._say("check", ko, en, {"holds": holds, **facts})
        return holds

    def end(self, problem: BaseException | None = None) -> None:
        """Tell how it came out.

        problem  what broke the scene off, None when it came to its end
        """
        if problem is not None:
            self.holds = False
            told = f"{type(problem).__name__}: {problem}"
            self._say("end", f"장면이 멈췄습니다: {told}", f"The scene broke off: {told}", {"holds": False})
        elif self.holds:
            self._say("end", "모든 확인을 통과했습니다.", "Every check holds.", {"holds": True})
        else:
            self._say("end", "사실과 다른 점이 있습니다.", "The story is not true.", {"holds": False})

    def _say(self, kind: Kind, ko: str, en: str, facts: dict[str, Any]) -> None:
        self._tell(Line(kind=kind, at=self.clock.now(), ko=ko, en=en, facts=facts))


_MARKS: Final[Mapping[Kind, str]] = {"step": " ", "quote": "·", "message": "✉", "check": "✓", "end": "="}


def as_text(line: Line, language: Language) -> str:
    """A line as people read it in a terminal: the scene's clock, a mark for its kind, the sentence."""
    failed = line.facts.get("holds") is False
    mark = "✗" if failed else _MARKS[line.kind]
    return f"{line.at.astimezone(SEOUL):%H:%M:%S} {mark} {line.ko if language == 'ko' else line.en}"
