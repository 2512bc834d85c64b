"""What is wrong with an installation, why it matters, and how to mend it. Each file judges one part of it."""

from .finding import Finding, Severity
from .judge_backups import SeenBackups, judge_backups
from .judge_database import SeenDatabase, judge_database, look_at_database
from .judge_machine import SeenMachine, judge_machine
from .judge_picture import SeenPicture, judge_picture
from .judge_settings import judge_settings
from .judge_work import SeenWork, judge_work, look_at_work

__all__ = [
    "Finding",
    "SeenBackups",
    "SeenDatabase",
    "SeenMachine",
    "SeenPicture",
    "SeenWork",
    "Severity",
    "judge_backups",
    "judge_database",
    "judge_machine",
    "judge_picture",
    "judge_settings",
    "judge_work",
    "look_at_database",
    "look_at_work",
]
