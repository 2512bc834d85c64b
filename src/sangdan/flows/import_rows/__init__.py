"""Rows that people bring become facts of the rooms: CSV, XLSX, Parquet, or a frame made in process."""

from .check import header
from .errors import HeaderWrong, KindUnknown
from .kinds import KINDS, LINE, REASON
from .load import Report, kind_of, load

__all__ = ["KINDS", "LINE", "REASON", "HeaderWrong", "KindUnknown", "Report", "header", "kind_of", "load"]
