"""Bodies that several doors read: key material, additional authenticated data, and policies of a key."""

from typing import Final

from keystead.domain.errors import bad_field
from keystead.domain.import_tokens import ImportAlgorithm
from keystead.domain.key_policies import INTERVAL_MUST_BE, RotationWish
from keystead.domain.material import KeyMaterial
from keystead.domain.policies import INTERVALS
from keystead.protocols.rest.lenient import Fields
from keystead.service.material import Proof, Source

AAD_ITEMS: Final = 255
AAD_CHARACTERS: Final = 255


def source(fields: Fields) -> Source:
    """Read where a version's material comes from.

    Raises:
        Refused: ``INVALID_FIELD``, rows 1, 3 and 4 of ``spec/kms-api.md`` section 4.5.
    """
    payload = fields.octets("payload", "key material")
    proof = _proof(fields)
    if payload is None:
        if proof is not None:
            raise bad_field("payload", "the encrypted key material that encryptedNonce and iv belong to")
        return Source()
    return Source(payload=KeyMaterial(payload), proof=proof)


def _proof(fields: Fields) -> Proof | None:
    nonce, iv = fields.octets("encryptedNonce", "encrypted nonce"), fields.octets("iv", "iv")
    algorithm = _algorithm(fields)
    if nonce is None and iv is None:
        return None
    if nonce is None:
        raise bad_field("encryptedNonce", "given together with iv")
    if iv is None:
        raise bad_field("iv", "given together with encryptedNonce")
    return Proof(encrypted_nonce=nonce, iv=iv, algorithm=algorithm)


def _algorithm(fields: Fields) -> ImportAlgorithm:
    name = fields.text("encryptionAlgorithm")
    if name is None:
        return ImportAlgorithm.OAEP_SHA_256
    try:
        return ImportAlgorithm(name)
    except ValueError:
        raise bad_field("encryptionAlgorithm", "one of " + ", ".join(ImportAlgorithm)) from None


def aad(fields: Fields) -> tuple[str, ...]:
    """Read the additional authenticated data: strings that must come again, in order, to unwrap."""
    return fields.texts("aad", most=AAD_ITEMS, longest=AAD_CHARACTERS)


def rotation_wish(resource: Fields | None, *, required: bool = False) -> RotationWish | None:
    """Read the member ``rotation`` of *resource*; *required* asks for an interval.

    Raises:
        Refused: ``BAD_BODY`` or ``INVALID_FIELD``.
    """
    fields = resource.part("rotation") if resource is not None else None
    if fields is None:
        return None
    enabled = None if fields["enabled"] is None else required_flag(fields, "enabled")
    return RotationWish(enabled=enabled, interval_months=months(fields, required=required))


def dual_auth_wish(resource: Fields | None) -> bool | None:
    """Read whether the member ``dualAuthDelete`` of *resource* is enabled; errors as `rotation_wish`."""
    fields = resource.part("dualAuthDelete") if resource is not None else None
    return None if fields is None else required_flag(fields, "enabled")


def months(fields: Fields, *, required: bool) -> int | None:
    """Read ``interval_month``; errors as `rotation_wish`."""
    given = fields.whole("interval_month")
    if (given is None and required) or (given is not None and given not in INTERVALS):
        raise bad_field("interval_month", INTERVAL_MUST_BE)
    return given


def required_flag(fields: Fields, name: str) -> bool:
    """Read a boolean that must be there; errors as `rotation_wish`."""
    if fields[name] is None:
        raise bad_field(name, "a boolean")
    return fields.flag(name, default=False)
