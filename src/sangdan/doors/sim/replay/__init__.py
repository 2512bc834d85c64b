"""Real orders of another marketplace, driven through the production code in order of purchase.

Nothing that happens later is known earlier: the promise sees the stock, the prices, the marketplace's own estimate and
the parcels that have arrived by then. What really happened moves the floors and the vans, and nothing else sees it.
"""

from .drive import Replay, replay
from .report import Replayed, replayed, sound, spoken

__all__ = ["Replay", "Replayed", "replay", "replayed", "sound", "spoken"]
