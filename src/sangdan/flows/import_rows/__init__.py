"""Rows that people bring become facts of the rooms: CSV, XLSX, Parquet, or a frame made in process."""

from .check import header
from .errors import HeaderWrong, ImportRunning, KindUnknown
from .guide import guide, template
from .kinds import KINDS
from .load import CHUNK, Report, kind_of, load

__all__ = [
    "CHUNK", "KINDS", "HeaderWrong", "ImportRunning", "KindUnknown", "Report", "guide", "header", "kind_of", "load",
    "template",
]  # fmt: skip
