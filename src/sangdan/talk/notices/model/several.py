"""Orders that were bought together are told of together: one message instead of one for each."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from msgspec.structs import replace

from .decision import Args, PartSaid, Said, Topic
from .timing import Silence

# What befalls the orders of a purchase at one time. All else befalls each by itself.
TOLD_TOGETHER: Final[frozenset[Topic]] = frozenset({"placed", "ended"})

Key = TypeVar("Key")


def alike(said: Mapping[Key, Said | Silence]) -> dict[Key, Said]:
    """Those of several orders that one message can tell of: the first that there is news of, and what is told as it is.

    said  what there is to say of each, in the sequence of the purchase
    """
    news = {key: each for key, each in said.items() if isinstance(each, Said)}
    first = next(iter(news.values()), None)
    return {key: each for key, each in news.items() if first is not None and _sense(each) == _sense(first)}


def as_one(said: Sequence[Said], *, whole: bool) -> Said:
    """What is said of several orders, as one message.

    said   alike, at least one
    whole  they are all of the purchase, which bears the number of its first
    """
    first, *more = said
    if not more:
        return first
    each = [one.args for one in said]
    args = replace(
        first.args,
        order_no=first.args.order_no if whole else ", ".join(one.order_no for one in each),
        items=tuple(item for one in each for item in one.items),
        total_minor=sum(one.total_minor for one in each),
        amount_minor=sum(one.amount_minor for one in each),
        chance_ppm=min(one.chance_ppm for one in each),
        cancellable=any(one.cancellable for one in each),
        parts=tuple(PartSaid(one.items, one.by_at, one.place) for one in each),
    )
    soon_at = min((one.soon_at for one in said if one.soon_at), default=None)
    name = "placed_together" if first.template == "placed" else first.template
    return replace(first, template=name, args=args, soon_at=soon_at)


def _sense(said: Said) -> tuple[str, str, str]:
    args: Args = said.args
    return said.template, args.money, args.why
