"""What `client.imports` takes and gives. Made from the OpenAPI document by `make client`."""

import msgspec


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not taken: its line in what was sent, from 1, and all that is wrong with it."""

    line: int
    reason: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows; rows = loaded + unchanged + rejected."""

    kind: str
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    reasons: dict[str, int]
    rejects: tuple[Rejected, ...]
