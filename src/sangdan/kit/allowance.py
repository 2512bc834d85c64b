"""How much of an open door one address may ask for; counted in this process alone, so that counting costs nothing."""

import math
from collections import OrderedDict
from typing import Final

from .problems import TooOften

# So many seconds' worth may be asked for at once: a page with its parts, ten tabs, an office after lunch.
AT_ONCE_S: Final = 20
# Whoever has more addresses than this is a crowd, and no bound for one address holds a crowd.
REMEMBERED: Final = 50_000


class TooManyRequests(TooOften):
    """One address asks for more than its share of the pages that are open to anybody."""

    code = "too-many-requests"


class Allowance:
    """Each address has a purse that fills with time and pays for what is asked.

    per_s  what comes into a purse in a second, and AT_ONCE_S times that fits into it; 0 bounds nobody
    """

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._most = float(per_s * AT_ONCE_S)
        # What is left, and when; the address that asked last stands last.
        self._purses: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str, costs: int, now_s: float) -> None:
        """Pay for one request; one that is refused costs nothing, so that waiting helps.

        who     the address
        costs   1 is a plain page; more than a full purse holds is taken for a full purse
        now_s   of a clock that never goes back
        raises  TooManyRequests, with the seconds to wait as `wait_s`
        """
        if not self._per_s:
            return
        left, seen_s = self._purses.pop(who, (self._most, now_s))
        left = min(self._most, left + (now_s - seen_s) * self._per_s)
        missing = min(costs, self._most) - left
        self._purses[who] = (left if missing > 0 else left - min(costs, self._most)), now_s
        if len(self._purses) > REMEMBERED:
            self._purses.popitem(last=False)
        if missing > 0:
            wait_s = max(1, math.ceil(missing / self._per_s))
            raise TooManyRequests(
                f"Your address asked for more pages than one may in a short time. Nothing is lost, and this was not"
                f" done: wait {wait_s} s, then try again.",
                wait_s=wait_s,
            )
