"""One thing of the network is changed: tried out first against all that is promised, then saved."""

from .draft import DayDraft, Draft, LaneDraft, NodeDraft, WeekDraft, applied, lane_called, standing, subject_of, wanted
from .effects import Crowded, Moved, Shifted
from .errors import ReasonMissing, TermsMoved, TermsUnfit
from .preview import Preview, preview
from .save import save

__all__ = [
    "Crowded", "DayDraft", "Draft", "LaneDraft", "Moved", "NodeDraft", "Preview", "ReasonMissing", "Shifted",
    "TermsMoved", "TermsUnfit", "WeekDraft", "applied", "lane_called", "preview", "save", "standing", "subject_of",
    "wanted",
]  # fmt: skip
