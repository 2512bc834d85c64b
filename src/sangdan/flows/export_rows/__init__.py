"""Everything the alliance knows, for other programs: rows of every resource, to each ally its part."""

from .errors import ExportTimeless, ResourceForbidden, ResourceUnknown
from .resources import EVENTS, RESOURCES
from .spool import CellKind, Scope, Spooled, check, names, spool

__all__ = [
    "EVENTS", "RESOURCES", "CellKind", "ExportTimeless", "ResourceForbidden", "ResourceUnknown", "Scope", "Spooled",
    "check", "names", "spool",
]  # fmt: skip
