"""What may be done with rows of a table, one or many: first shown, then done, each row by itself."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from sangdan.kit.access import Role

from .sources import Asked

# Rows at a time: each is tried out before it is shown.
MOST: Final = 50


class Saying(msgspec.Struct, frozen=True):
    """A message in one language, ko or en."""

    language: str
    title: str
    text: str


class Foreseen(msgspec.Struct, frozen=True):
    """What an action would do with one row.

    title  the row, in the page's language
    now    how it stands
    then   how it would stand
    good   False when it is done, but somebody should look twice
    pin    what is done when this is agreed to, as the action reads it in place of the row's id; '' for the row's id
    told   what the shopper will be told
    other  where to choose something else for the row, '' where there is nothing to choose
    """

    title: str
    now: str
    then: str
    good: bool = True
    pin: str = ""
    told: tuple[Saying, ...] = ()
    other: str = ""


class Action(msgspec.Struct, frozen=True):
    """Something to be done with rows.

    name     in the address
    title    marked English: what the button says
    explains marked English: one sentence above the preview
    roles    who may
    foresee  what it would do; whatever it changes is taken back. Raises a Problem when it cannot be done
    act      does it, in a transaction of the row's own, with the reason that was given. Raises a Problem when it cannot
             be done; harmless when it was done before
    icon     one of the built icons
    reason   whether it asks for a reason
    """

    name: str
    title: str
    explains: str
    roles: frozenset[Role]
    foresee: Callable[[Asked, str], Awaitable[Foreseen]]
    act: Callable[[Asked, str, str], Awaitable[None]]
    icon: str = "check"
    reason: bool = True
