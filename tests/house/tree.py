"""The house as a list: its rooms, and what their files may be called."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "sangdan"

# Folders of the house that hold no rooms.
OTHERS: Final = frozenset({"adapters", "client", "db", "doors", "flows", "kit"})

ROOM_FILES: Final = frozenset({"__init__", "commands", "errors", "events", "model", "ports", "queries"})


def stages() -> list[str]:
    """The stages of the order's way that exist: offer, order, pay..."""
    return sorted(folder.name for folder in SOURCE.iterdir() if _is_package(folder) and folder.name not in OTHERS)


def rooms() -> list[str]:
    """Every room as stage/room."""
    return sorted(
        f"{stage}/{folder.name}" for stage in stages() for folder in (SOURCE / stage).iterdir() if _is_package(folder)
    )


def modules(under: Path = SOURCE) -> list[Path]:
    """Every Python file of the product."""
    return sorted(under.rglob("*.py"))


def _is_package(folder: Path) -> bool:
    return folder.is_dir() and any(folder.rglob("*.py"))
