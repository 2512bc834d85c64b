"""Which rules compute promises: two processes with the same fingerprint give the same way to the byte."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def fingerprint() -> str:
    """A hash of the very text that computes promises."""
    told = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        told.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return told.hexdigest()
