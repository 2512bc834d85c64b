"""What `client.payments` takes and gives. Made from the OpenAPI document by `make client`."""

import msgspec


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What the notification was: the first word of an answer, the same again, or a contradiction, which is refused."""

    verdict: str
