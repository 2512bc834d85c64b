"""What was done with a device in hand comes in by the batch; each action is a transaction of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from msgspec import Meta

from sangdan.doors.api.nodes import own_node
from sangdan.doors.problems import as_problem, status_of
from sangdan.doors.texts import Language, render_kept
from sangdan.doors.web.answers import spoken
from sangdan.flows import floor_act
from sangdan.flows.floor_act import NotYet
from sangdan.flows.pickup_ticket import pickup_key
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock, WallClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem, Unavailable
from sangdan.kit.tries import Tries
from sangdan.ship.floor.errors import ActionUnfit, BatchUnfit, FollowedConflict
from sangdan.ship.floor.model import CLOCK_OFF, Action, AtNode, Collect, Outcome, read_action
from sangdan.store.pickup.errors import CodeWrong

from .people import as_told, still_theirs

BATCH_MOST: Final = 100
SERVER_FAULT: Final = 500
# Wrong codes for one parcel; whoever has no better one shows papers.
CODES_MOST: Final = 10
CODES_WITHIN: Final = timedelta(minutes=15)
CODE_TRIED: Final = "pickup code"


class Batch(msgspec.Struct, frozen=True):
    """What a device sends, in the order in which it was done.

    device_now  by its clock, when it sent this
    """

    device_now: Annotated[datetime, Meta(tz=True)]
    actions: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=BATCH_MOST)]


class Answer(msgspec.Struct, frozen=True):
    """What became of one action; index in the batch, since what is no action has no key.

    title, text  for the person, in their language; empty when it is done
    """

    index: int
    result: str
    code: str
    title: str
    text: str
    now: dict[str, Any]


class Answers(msgspec.Struct, frozen=True):
    """What became of each action of a batch.

    offset_ms  how far the device's clock is behind ours
    clock_off  whether that is so much that the person should know
    """

    at: datetime
    offset_ms: int
    clock_off: bool
    answers: Sequence[Answer]


@post("/floor/actions", status_code=200, guards=[still_theirs], exception_handlers={Exception: as_told})
async def act(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    tries: NamedDependency[Tries],
) -> Response[Answers]:
    """Take a batch; what is sent again is answered as it was, and changes nothing."""
    batch = _read(await request.body())
    at = clock.now()
    offset = at - batch.device_now
    async with pool.transaction() as conn:
        secret = await pickup_key(conn, at)
    hands = _Hands(pool, clock, tries, request.user, offset, secret)
    outcomes = [await hands.take(bytes(raw)) for raw in batch.actions]
    wrong_by = WallClock().now() - batch.device_now  # the house's clock may be simulated, and nobody's is set by that
    clock_off = not -CLOCK_OFF <= wrong_by <= CLOCK_OFF
    answers = [_told(index, outcome, spoken(request)) for index, outcome in enumerate(outcomes)]
    told = Answers(at, offset // timedelta(milliseconds=1), clock_off, answers)
    return Response(told, headers={"cache-control": "no-store"})


def _read(body: bytes) -> Batch:
    try:
        batch = msgspec.json.decode(body, type=Batch)
        return msgspec.structs.replace(batch, device_now=batch.device_now.astimezone(UTC))
    except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError) as reason:
        raise BatchUnfit(f"This is no batch of actions: {reason}. Load the app again.", reason=str(reason)) from reason


class _Hands:
    """Takes the actions of one batch, in their order."""

    def __init__(self, pool: Pool, clock: Clock, tries: Tries, seer: Seer, offset: timedelta, secret: bytes) -> None:
        self._pool = pool
        self._clock = clock
        self._tries = tries
        self._seer = seer
        self._offset = offset
        self._secret = secret
        # By parcel why something did not take effect: what follows shares that fate, for it could take effect alone.
        self._undone: dict[UUID, str] = {}

    async def take(self, raw: bytes) -> Outcome:
        """What becomes of one action; whatever is not decided here and now is kept by the device and sent again."""
        try:
            action = read_action(raw)
        except ActionUnfit as unfit:
            return _refused(unfit)
        outcome = await self._decided(action, raw)
        if outcome.result in ("conflict", "later") and action.parcel_id is not None:
            self._undone[action.parcel_id] = outcome.result
        return outcome

    async def _decided(self, action: Action, raw: bytes) -> Outcome:
        match None if action.parcel_id is None else self._undone.get(action.parcel_id):
            case "later":
                return Outcome(
                    result="later", code=NotYet.code, detail="What was done to the parcel before comes first."
                )
            case "conflict":
                return _refused(
                    FollowedConflict("What was done to this parcel before was refused; this is undone, too.")
                )
            case _:
                pass
        try:
            if isinstance(action, Collect) and action.code is not None:
                return await self._guessed(action, raw)
            return await self._tried(action, raw)
        except Exception as raised:  # one that fails must not hold up those behind it
            problem = as_problem(raised)
        if isinstance(problem, Unavailable) or status_of(type(problem)) >= SERVER_FAULT:
            return Outcome(result="later", code=problem.code, detail=problem.detail)
        return _refused(problem)

    async def _guessed(self, action: Collect, raw: bytes) -> Outcome:
        """A code was told: counted before it is looked at, and taken back unless it was wrong.

        raises  TooManyTries
        """
        parcel = str(action.parcel_id)
        await self._tries.count(CODE_TRIED, parcel, most=CODES_MOST, within=CODES_WITHIN)
        wrong = False
        try:
            outcome = await self._tried(action, raw)
            wrong = outcome.code == CodeWrong.code
            return outcome
        finally:
            if not wrong:
                await self._tries.forgive(CODE_TRIED, parcel)

    async def _tried(self, action: Action, raw: bytes) -> Outcome:
        async def act(conn: Conn) -> Outcome:
            if isinstance(action, AtNode):
                await own_node(conn, action.node_id, self._seer)
            at = self._clock.now()
            return await floor_act.act(conn, self._seer, action, raw, self._offset, self._secret, at)

        return await self._pool.retried(act)


def _refused(problem: Problem) -> Outcome:
    return Outcome(result="conflict", code=problem.code, detail=problem.detail, facts=problem.facts)


def _told(index: int, outcome: Outcome, language: Language) -> Answer:
    title, text = "", ""
    if outcome.code:
        title, text = render_kept(outcome.code, outcome.detail, outcome.facts, language)
    return Answer(index, outcome.result, outcome.code, title, text, {**outcome.facts, **outcome.now})
