"""The live picture of an alliance: read once from SQL, then kept by following the feed."""

from .watch import Watch
from .wire import Change, Counters, NodeSeen, ParcelSeen, Picture, Risk

__all__ = ["Change", "Counters", "NodeSeen", "ParcelSeen", "Picture", "Risk", "Watch"]
