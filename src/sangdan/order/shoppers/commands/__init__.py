"""The verbs of the shoppers' room. `reach` is for whoever tells shoppers something."""

from .book import book, drop_address, keep_address, make_usual, remember
from .erasing import Erased, KeptPerson, due, erase, hold, kept, next_purge, order_ended, purge
from .importing import Told, put_many
from .members import amend, join, member_of, password_of, set_password
from .persons import (
    READ_FREELY,
    Known,
    changes,
    consent,
    consents,
    find,
    known,
    note,
    only_shop,
    put,
    put_recipient,
    reach,
    readings,
    recipient,
)
from .sealing import seal_again

__all__ = [
    "READ_FREELY",
    "Erased",
    "KeptPerson",
    "Known",
    "Told",
    "amend",
    "book",
    "changes",
    "consent",
    "consents",
    "drop_address",
    "due",
    "erase",
    "find",
    "hold",
    "join",
    "keep_address",
    "kept",
    "known",
    "make_usual",
    "member_of",
    "next_purge",
    "note",
    "only_shop",
    "order_ended",
    "password_of",
    "purge",
    "put",
    "put_many",
    "put_recipient",
    "reach",
    "readings",
    "recipient",
    "remember",
    "seal_again",
    "set_password",
]
