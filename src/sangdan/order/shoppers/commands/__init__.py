"""The verbs of the shoppers' room. `reach` is for whoever tells shoppers something."""

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
    "changes",
    "consent",
    "consents",
    "due",
    "erase",
    "find",
    "hold",
    "join",
    "kept",
    "known",
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
    "seal_again",
    "set_password",
]
