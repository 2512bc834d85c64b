"""Rows that people bring become facts of the rooms: CSV, XLSX, Parquet, or a frame made in process."""

from .check import header
from .errors import HeaderWrong, ImportRunning, KindUnknown
from .guide import guide, template
from .kinds import FORMS, KINDS, ORDERS, SEALED
from .load import CHUNK, Report, Sink, Told, Transactions, form_of, kind_of, load

__all__ = [
    "CHUNK", "FORMS", "KINDS", "ORDERS", "SEALED", "HeaderWrong", "ImportRunning", "KindUnknown", "Report", "Sink",
    "Told", "Transactions", "form_of", "guide", "header", "kind_of", "load", "template",
]  # fmt: skip
