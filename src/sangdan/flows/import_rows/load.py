"""Rows become facts: checked, then written chunk by chunk, each in a transaction of the caller's."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final, Protocol, TypeAlias, TypeVar

import msgspec
import polars as pl

from sangdan.kit import bulk
from sangdan.kit.bulk import LINE
from sangdan.kit.db import Conn
from sangdan.kit.vault import Vault

from .check import check, numbered, rejects
from .errors import ImportRunning, KindUnknown
from .kinds import FORMS, KINDS, Form, Kind

CHUNK: Final = 50_000

Told: TypeAlias = Callable[[int, int], None]
F = TypeVar("F", bound=Form)


class Sink(Protocol):
    """Where rejects go."""

    def __call__(self, rejected: pl.DataFrame, /, *, more: bool) -> None:
        """Keep some; `more` when this run, or the one that it resumes, gave some before."""
        ...


class Transactions(Protocol):
    """Whoever commits: a door's pool."""

    def transaction(self) -> AbstractAsyncContextManager[Conn]:
        """One transaction, committed at the end of the block."""
        ...


class Report(msgspec.Struct, frozen=True):
    """What became of the rows; rows = loaded + unchanged + rejected + resumed.

    loaded     new, or different from what was known
    unchanged  known exactly so
    resumed    handled by an earlier run of the same name that was interrupted
    reasons    how often each short reason rejected a row
    rejects    the rejected rows of this run with line and reason
    """

    kind: str
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    resumed: int
    reasons: Mapping[str, int]
    rejects: pl.DataFrame


def kind_of(name: str) -> Kind:
    """A kind by its name.

    raises  KindUnknown listing the names there are
    """
    return _one_of(KINDS, name)


def form_of(name: str) -> Form:
    """The form of all that can be imported, orders too, by its name.

    raises  KindUnknown listing the names there are
    """
    return _one_of(FORMS, name)


def _one_of(forms: Mapping[str, F], name: str) -> F:
    if (found := forms.get(name)) is None:
        raise KindUnknown(f"There is no import of {name[:60]!r}: choose one of {', '.join(forms)}.", kind=name[:60])
    return found


async def load(
    pool: Transactions,
    kind_name: str,
    frame: pl.DataFrame,
    at: datetime,
    *,
    run: str | None = None,
    sink: Sink | None = None,
    told: Told | None = None,
    chunk: int = CHUNK,
    vault: Vault | None = None,
) -> Report:
    """Import the rows of a frame.

    frame   the kind's columns, as text or typed; more in docs/import.md
    at      the instant of the import: of a count's movements, for one
    run     the name of a run that may be interrupted: the same name goes on where it stopped. None: begin at the start
    sink    given rejects before their chunk commits, so that none is lost
    told    called with (rows handled, rows in all) after every chunk
    vault   seals what is personal; needed for people alone
    raises  KindUnknown, HeaderWrong: nothing was written
    """
    started = _Run(kind_of(kind_name), numbered(frame), at, run, sink, vault)
    await started.begin(pool)
    while await started.step(pool, chunk):
        if told is not None:
            told(started.handled, frame.height)
    return started.report()


class _Run:
    """One import on its way."""

    def __init__(
        self,
        kind: Kind,
        frame: pl.DataFrame,
        at: datetime,
        name: str | None,
        sink: Sink | None,
        vault: Vault | None,
    ) -> None:
        checked = check(kind, frame)
        self._vault = vault
        self._kind, self._frame, self._at, self._name, self._sink = kind, frame, at, name, sink
        self._good = checked.good
        self._rejects = [checked.rejects]
        self._reasons = dict(checked.reasons)
        self._known: dict[str, set[str]] = {}
        self._done = 0
        self._resumed = 0
        self._loaded = 0

    @property
    def handled(self) -> int:
        """Rows that are decided."""
        return self._frame.height - self._good.height + self._done

    async def begin(self, pool: Transactions) -> None:
        """Find out how much an earlier run of this name did; its first rejects are on file then."""
        if self._name is not None:
            async with pool.transaction() as conn:
                self._done = self._resumed = min(await bulk.begin(conn, self._name, self._at), self._good.height)
        if not self._resumed:
            self._give(self._rejects[0], more=False)

    async def step(self, pool: Transactions, chunk: int) -> bool:
        """Write the next chunk; False when there was none left."""
        part = self._good.slice(self._done, chunk)
        if not part.height and self._name is None:
            return False
        async with pool.transaction() as conn:
            if self._name is not None:
                if await bulk.take(conn, self._name) != self._done:
                    raise ImportRunning(
                        f"Another process imports {self._name} at this moment; what it did is kept. Run it again.",
                        run=self._name,
                    )
                if not part.height:
                    await bulk.finish(conn, self._name)
                    return False
                await bulk.advance(conn, self._name, self._done + part.height, self._at)
            changed, refused = await self._put(conn, part)
            self._give(refused, more=self._resumed > 0 or sum(each.height for each in self._rejects) > 0)
        self._done += part.height
        self._loaded += changed
        self._rejects.append(refused)
        return True

    async def _put(self, conn: Conn, part: pl.DataFrame) -> tuple[int, pl.DataFrame]:
        """Write what the database allows of a part; gives how much changed, and what it did not allow."""
        unknown = await self._unknown(conn, part)
        known = part.join(unknown, on=LINE, how="anti")
        reference = self._name or f"import:{self._kind.name}"
        if self._kind.put is not None:
            loaded = await self._kind.put(conn, _csv(self._kind, known), self._at, reference)
        else:
            assert self._kind.seal is not None, "a kind puts its rows or seals them"
            assert self._vault is not None, f"{self._kind.name} are personal: they are imported with a vault"
            loaded = await self._kind.seal(conn, self._vault, known, self._at, reference)
        refused = pl.DataFrame(
            {LINE: [each.line for each in loaded.refused], "refused": [each.reason for each in loaded.refused]},
            schema={LINE: pl.Int64, "refused": pl.String},
        )
        self._note(unknown)
        self._note(refused)
        faults = pl.concat([unknown, refused], how="diagonal")
        return loaded.changed, rejects(self._frame, faults)

    async def _unknown(self, conn: Conn, part: pl.DataFrame) -> pl.DataFrame:
        """Rows that name what no room knows; LINE and a column of sentences for each such column."""
        sentences: list[pl.Expr] = []
        for column in self._kind.columns:
            if column.refers is None:
                continue
            known = self._known.setdefault(column.refers.kind, set())
            wanted = [each for each in part[column.name].unique().to_list() if each is not None and each not in known]
            known |= await column.refers.find(conn, wanted)
            if missing := [each for each in wanted if each not in known]:
                name, refers = pl.col(column.name), column.refers
                says = pl.format(
                    "{}: {} '{}' is not known; import {} first",
                    pl.lit(column.name),
                    pl.lit(refers.noun),
                    name,
                    pl.lit(refers.kind),
                )
                sentences.append(pl.when(name.is_in(missing)).then(says).alias(f"{column.name} unknown"))
        if not sentences:
            return pl.DataFrame(schema={LINE: pl.Int64})
        return part.select(LINE, *sentences).filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))

    def _give(self, rejected: pl.DataFrame, *, more: bool) -> None:
        """Before their chunk commits: an interruption may repeat rejects, never lose them."""
        if rejected.height and self._sink is not None:
            self._sink(rejected, more=more)

    def _note(self, faults: pl.DataFrame) -> None:
        for name in faults.columns:
            if name != LINE and (count := faults.height - faults[name].null_count()):
                self._reasons[name] = self._reasons.get(name, 0) + count

    def report(self) -> Report:
        """What became of the rows so far."""
        rejected = pl.concat(self._rejects, how="vertical").sort(LINE)
        handled = self.handled - self._resumed
        return Report(
            kind=self._kind.name,
            rows=self._frame.height,
            loaded=self._loaded,
            unchanged=handled - self._loaded - rejected.height,
            rejected=rejected.height,
            resumed=self._resumed,
            reasons=self._reasons,
            rejects=rejected,
        )


def _csv(kind: Kind, frame: pl.DataFrame) -> bytes:
    """The rows as COPY reads them: lists as arrays, null as nothing, empty text in quotes."""
    shaped = frame if kind.shape is None else kind.shape(frame)
    arrays = [_array(name) for name, dtype in shaped.schema.items() if dtype == pl.List]
    return (
        shaped.with_columns(arrays).write_csv(include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z").encode()
    )


def _array(name: str) -> pl.Expr:
    """A list in PostgreSQL's own spelling, each value in quotes."""
    value = pl.element().cast(pl.String)
    escaped = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    joined = pl.col(name).list.eval(pl.lit('"') + escaped + pl.lit('"')).list.join(",")
    return (pl.lit("{") + joined + pl.lit("}")).alias(name)
