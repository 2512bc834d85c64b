"""What other systems may hear of: facts under stable public names, each told to those whom it concerns."""

from .guide import guide
from .kinds import KINDS, EventTypeUnknown, facts_of
from .reading import PositionAhead, Read, check_position, read
from .surroundings import gather
from .view import Event, Viewer, view

__all__ = [
    "KINDS", "Event", "EventTypeUnknown", "PositionAhead", "Read", "Viewer", "check_position", "facts_of", "gather",
    "guide", "read", "view",
]  # fmt: skip
