"""Dates judged on real orders: what would have been promised, by what was known, beside what really happened.

No database: the orders go through the production's learner and its arithmetic of dates alone, in order of time, and
nothing that happens later is known earlier.
"""

from .figures import Evaluated, evaluated, spoken
from .run import Asked, run

__all__ = ["Asked", "Evaluated", "evaluated", "run", "spoken"]
