"""All SQL of the floor: one statement, one function, no decisions.

Locks are taken in one order everywhere: task, then serial, then claim, then slot.
"""

from .hours import claim, drift, line_up, release_claim, unpicked, use_claim, used_slots
from .tasks import add, adopt, at_counter, cancel, hand_over, lines, locked, next_serial, open_tasks, pack, pick, task

__all__ = [
    "add",
    "adopt",
    "at_counter",
    "cancel",
    "claim",
    "drift",
    "hand_over",
    "line_up",
    "lines",
    "locked",
    "next_serial",
    "open_tasks",
    "pack",
    "pick",
    "release_claim",
    "task",
    "unpicked",
    "use_claim",
    "used_slots",
]
