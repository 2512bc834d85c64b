"""What people enter on the tower's pages: read field by field, each refusal naming its field in their language."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final, TypeVar
from uuid import UUID

from litestar import Request

from sangdan.doors.problems import as_problem, status_of
from sangdan.doors.web.answers import words
from sangdan.doors.web.names import explained
from sangdan.doors.web.words import SEOUL, mark
from sangdan.kit.access import Seer
from sangdan.kit.problems import Invalid, Problem

LONGEST: Final = 2_000
SEPARATORS: Final = str.maketrans(",;\n\r\t", "     ")

T = TypeVar("T")


class FieldUnfit(Invalid):
    """Something that was entered cannot be read."""

    code = "field-unfit"


class Sent:
    """A form that was sent.

    fields  its texts by name
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields

    def text(self, name: str, most: int = 200) -> str:
        """A line of text without blanks around it; what is longer is refused, not cut."""
        text = " ".join(self.fields.get(name, "").split())
        if len(text) > most or not text.isprintable():
            raise unfit(name, text)
        return text

    def whole(self, name: str) -> int:
        """A whole number, with or without its thousands apart."""
        return self._read(name, lambda text: int(text.replace(",", "")))

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.fields.get(name))

    def day(self, name: str) -> date:
        """A day."""
        return self._read(name, date.fromisoformat)

    def day_or_none(self, name: str) -> date | None:
        """A day, None where nothing stands."""
        return self.day(name) if self.fields.get(name) else None

    def instant_or_none(self, name: str) -> datetime | None:
        """A day and a time in Korea, None where nothing stands."""
        if not self.fields.get(name):
            return None
        return self._read(name, lambda text: datetime.fromisoformat(text).replace(tzinfo=SEOUL))

    def times(self, name: str) -> tuple[time, ...]:
        """Times of day, with blanks or commas between them."""
        return self._read(name, lambda text: tuple(map(time.fromisoformat, text.translate(SEPARATORS).split())))

    def time_or_none(self, name: str) -> time | None:
        """A time of day, None where nothing stands."""
        return self._read(name, time.fromisoformat) if self.fields.get(name) else None

    def id(self, name: str) -> UUID:
        """An id that the page itself had made."""
        return self._read(name, UUID)

    def one_of(self, name: str, known: Mapping[T, object]) -> T:
        """One of some texts."""
        found = next((each for each in known if each == self.fields.get(name)), None)
        if found is None:
            raise unfit(name, self.fields.get(name, ""))
        return found

    def _read(self, name: str, read: Callable[[str], T]) -> T:
        text = self.fields.get(name, "").strip()
        try:
            return read(text[:LONGEST])
        except ValueError:
            raise unfit(name, text) from None


def unfit(name: str, text: str) -> FieldUnfit:
    """What to say of a field that cannot be read."""
    return FieldUnfit(f"{text[:40]!r} cannot be read; look at the example beside it.", field=name, value=text[:40])


async def sent(request: Request[Any, Any, Any]) -> Sent:
    """The form of a request; of a name that comes several times the last one counts, and files are left aside."""
    form = await request.form()
    return Sent({name: value for name, value in form.multi_items() if isinstance(value, str)})


def told(request: Request[Seer, Any, Any], problem: Exception) -> tuple[str, int]:
    """What is wrong, in the page's language, and the status that goes with it; what is no problem is raised on.

    The page marks the field that cannot be read.
    """
    if not isinstance(problem, Problem):
        raise problem
    request.state.unfit = problem.facts["field"] if isinstance(problem, FieldUnfit) else ""
    return explained(as_problem(problem), words(request)), status_of(type(problem))


WEEKDAYS: Final = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"),
    mark("Sunday"),
)  # fmt: skip
