"""What a browser and a device are asked when a passkey is made or shown, and whether their answer proves anything.

source  Web Authentication Level 3 (W3C), sections 7.1 and 7.2; the library does their steps
"""

import hashlib
from typing import Any, Final

import msgspec
import webauthn
from webauthn.helpers import bytes_to_base64url, options_to_json_dict, parse_client_data_json
from webauthn.helpers.parse_authentication_credential_json import parse_authentication_credential_json
from webauthn.helpers.parse_registration_credential_json import parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from .passkeys import Known, Made, Owner, PasskeyWrong

# What a device answers has a few hundred bytes; one with certificates of its maker some thousands.
LONGEST: Final = 16_384
TIMEOUT_MS: Final = 300_000


class Place(msgspec.Struct, frozen=True):
    """Where passkeys are made and shown.

    host    the name they are bound to, e.g. 'tower.example'
    origin  of the pages, e.g. 'https://tower.example'
    """

    host: str
    origin: str


class Called(msgspec.Struct, frozen=True):
    """What a device shows beside a passkey: of which site it is, and under which name its owner signs in there."""

    site: str
    name: str


class Answer(msgspec.Struct, frozen=True):
    """What a browser brings back, unproved.

    credential_id  what the device calls the passkey
    challenge      the text of the ticket that was signed
    owner          whose passkey the device takes it for; None when it does not say
    """

    credential_id: bytes
    challenge: str
    owner: bytes | None


class Shown(msgspec.Struct, frozen=True):
    """A passkey that was proved.

    sign_count  how often it was used, as the device counts
    verified    the device made sure who holds it: by a finger, a face, a PIN
    """

    sign_count: int
    backed_up: bool
    verified: bool


def owner_of(owner: Owner) -> bytes:
    """What devices call an owner: always the same, and no name to read. A member is written with a slash, which no
    account's name has.
    """
    return hashlib.sha256(f"sangdan passkeys of {owner.holder}".encode()).digest()


def to_make(place: Place, owner: Owner, called: Called, challenge: str, known: list[bytes]) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked.

    called     as devices show the passkey
    challenge  the text of a ticket
    known      what devices call the owner's passkeys: none of them makes another
    """
    options = webauthn.generate_registration_options(
        rp_id=place.host, rp_name=called.site, user_name=called.name, user_id=owner_of(owner),
        challenge=webauthn.base64url_to_bytes(challenge), timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_described(known),
    )  # fmt: skip
    return options_to_json_dict(options)


def to_show(place: Place, challenge: str, known: list[bytes]) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked.

    challenge  the text of a ticket
    known      what devices call the passkeys of whoever has told a password; none when anybody may come
    """
    options = webauthn.generate_authentication_options(
        rp_id=place.host, challenge=webauthn.base64url_to_bytes(challenge), timeout=TIMEOUT_MS,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.PREFERRED if known else UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return options_to_json_dict(options)


def answer_to_make(told: str) -> Answer:
    """Read what a browser brings back of a passkey that was made.

    raises  PasskeyWrong
    """
    try:
        credential = parse_registration_credential_json(_bounded(told))
        return _answer(credential.raw_id, credential.response.client_data_json, None)
    except Exception as unfit:  # whoever sends it may have written anything
        raise _wrong() from unfit


def answer_to_show(told: str) -> Answer:
    """Read what a browser brings back of a passkey that was shown.

    raises  PasskeyWrong
    """
    try:
        credential = parse_authentication_credential_json(_bounded(told))
        response = credential.response
        return _answer(credential.raw_id, response.client_data_json, response.user_handle)
    except Exception as unfit:  # whoever sends it may have written anything
        raise _wrong() from unfit


def prove_made(place: Place, told: str, challenge: str) -> Made:
    """The passkey that a device has made, if it made it for us and knew who held it.

    raises  PasskeyWrong
    """
    try:
        proved = webauthn.verify_registration_response(
            credential=_bounded(told),
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except Exception as unfit:  # keys and certificates in there are the sender's too
        raise _wrong() from unfit
    return Made(
        proved.credential_id,
        proved.credential_public_key,
        proved.sign_count,
        synced=proved.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        backed_up=proved.credential_backed_up,
    )


def prove_shown(place: Place, told: str, challenge: str, known: Known, *, verified: bool) -> Shown:
    """That a device holds the passkey's secret, and was asked by us.

    verified  whether the device must have made sure who holds it
    raises    PasskeyWrong
    """
    try:
        proved = webauthn.verify_authentication_response(
            credential=_bounded(told),
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=verified,
        )
    except Exception as unfit:  # whoever sends it may have written anything
        raise _wrong() from unfit
    return Shown(proved.new_sign_count, proved.credential_backed_up, proved.user_verified)


def _answer(credential_id: bytes, client_data: bytes, owner: bytes | None) -> Answer:
    said = parse_client_data_json(client_data)
    if said.cross_origin:
        raise _wrong()
    return Answer(credential_id, bytes_to_base64url(said.challenge), owner)


def _described(known: list[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each) for each in known]


def _bounded(told: str) -> str:
    if len(told) > LONGEST:
        raise _wrong()
    return told


def _wrong() -> PasskeyWrong:
    return PasskeyWrong("This passkey is not known here, or took too long: try again, or sign in another way.")
