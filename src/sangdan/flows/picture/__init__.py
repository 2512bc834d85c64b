"""What quoting keeps in memory: the network, read again when it changed, and the shelves, followed as they change.

The pictures propose, the database decides: what was promised from an old picture is refused when it is placed.
"""

from .network import network_of
from .shelves import Seen, Shelves, Standing, Swept

__all__ = ["Seen", "Shelves", "Standing", "Swept", "network_of"]
