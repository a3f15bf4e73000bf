"""Key material that sits in an HSM of the owner's: read if the HSM allows that, else encrypted inside it.

Source: PKCS #11 version 2.40, C_WrapKey with CKM_RSA_PKCS_OAEP, C_Encrypt with CKM_AES_GCM and
CKM_AES_CBC_PAD.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pkcs11
from asn1crypto import keys, pem  # type: ignore[import-untyped]
from pkcs11 import MGF, Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11 import exceptions as refusals

from keystead.client.errors import BadInput
from keystead.client.handshake import Holder, InMemory, new_iv
from keystead.client.key_file import OCTETS
from keystead.client.pkcs11_uri import ObjectURI
from keystead.crypto import oaep
from keystead.crypto.nonces import GCM_IV_OCTETS
from keystead.domain.import_tokens import ImportAlgorithm
from keystead.domain.material import KeyMaterial

_HASHES = {
    ImportAlgorithm.OAEP_SHA_256: (Mechanism.SHA256, MGF.SHA256),
    ImportAlgorithm.OAEP_SHA_1: (Mechanism.SHA_1, MGF.SHA1),
}
_NONCE_OCTETS = 12
_CANNOT = (
    refusals.ArgumentsBad,
    refusals.MechanismInvalid,
    refusals.MechanismParamInvalid,
    refusals.FunctionNotSupported,
)
_ADVICE = {
    refusals.PinIncorrect: "the HSM refused the PIN; check pin-value or pin-source before the token locks",
    refusals.PinLocked: "the HSM has locked the PIN; its security officer must reset it",
    refusals.PinLenRange: "the HSM refused the PIN for its length; check pin-value or pin-source",
    refusals.UserNotLoggedIn: "the HSM wants a PIN; add pin-source=FILE to the URI",
}


@contextmanager
def opened(uri: ObjectURI) -> Iterator[Holder]:
    """Find *uri*'s key and yield who holds it: this process if the HSM lets the key be read, else the HSM.

    Raises:
        BadInput: module, token, key or PIN do not fit, or the HSM cannot do what is needed.
    """
    try:
        with _token(uri).open(user_pin=_pin(uri)) as session:
            yield _holder(session, _key(session, uri))
    except refusals.PKCS11Error as error:
        says = _ADVICE.get(type(error), f"the HSM answered {type(error).__name__}; check the PKCS #11 URI")
        raise BadInput(says) from error


class InHSM:
    """Material that stays inside; the HSM does steps 3 and 4."""

    def __init__(self, session: pkcs11.Session, key: Any) -> None:
        self._session = session
        self._key = key

    def require(self, algorithm: ImportAlgorithm) -> None:
        """Try both steps, for a key pair whose private half nobody keeps; see `handshake.Holder`.

        An HSM's list of mechanisms does not tell: OAEP stands there once, whichever hashes it takes.
        """
        self.encrypt_material(oaep.public_pem(oaep.generate()), algorithm)
        self.encrypt_nonce(bytes(_NONCE_OCTETS), new_iv(algorithm))

    def encrypt_material(self, public_pem: bytes, algorithm: ImportAlgorithm) -> bytes:
        """Wrap the key with the RSA public key, inside the HSM; see `handshake.Holder`."""
        if algorithm not in _HASHES:
            raise BadInput("the HSM does not give this key out and cannot do --post-quantum; use --hpcs")
        public: Any = self._session.create_object(_rsa_template(public_pem))
        try:
            # No label is None, not an empty one: SoftHSM refuses a label that is there and empty.
            parameters = (*_HASHES[algorithm], None)
            wrapped = public.wrap_key(
                self._key, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=parameters
            )
        except _CANNOT as error:
            raise BadInput(f"this HSM cannot wrap with {algorithm.value}{_instead(algorithm)}") from error
        return bytes(wrapped)

    def encrypt_nonce(self, nonce: bytes, iv: bytes) -> bytes:
        """Encrypt *nonce* with the key, inside the HSM; see `handshake.Holder`."""
        gcm = len(iv) == GCM_IV_OCTETS
        mechanism = Mechanism.AES_GCM if gcm else Mechanism.AES_CBC_PAD
        try:
            sealed = self._key.encrypt(
                nonce, mechanism=mechanism, mechanism_param=GCMParams(iv) if gcm else iv
            )
        except _CANNOT as error:
            raise BadInput(f"this HSM cannot encrypt the nonce with {mechanism.name}") from error
        return bytes(sealed)


def _pin(uri: ObjectURI) -> str | None:
    try:
        return None if uri.pin is None else uri.pin.reveal().decode()
    except UnicodeDecodeError:
        raise BadInput("the PIN is not UTF-8 text; check pin-value or pin-source") from None


def _token(uri: ObjectURI) -> pkcs11.Token:
    found = [token for token in pkcs11.lib(uri.module).get_tokens() if _fits(token, uri.token)]
    if len(found) != 1:
        raise BadInput(
            f"{len(found)} tokens fit the PKCS #11 URI, and it must be one; check token= and serial="
        )
    return found[0]


def _fits(token: pkcs11.Token, wanted: dict[str, str]) -> bool:
    has = {
        "token": token.label,
        "serial": token.serial.decode(errors="replace"),
        "model": token.model,
        "manufacturer": token.manufacturer_id,
    }
    return all(has[name].strip() == value.strip() for name, value in wanted.items())


def _key(session: pkcs11.Session, uri: ObjectURI) -> Any:
    template = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: uri.label, Attribute.ID: uri.id}
    found = list(session.get_objects({name: value for name, value in template.items() if value is not None}))
    if len(found) != 1:
        raise BadInput(
            f"{len(found)} secret keys fit the PKCS #11 URI, and it must be one; check object= and id="
        )
    return found[0]


def _holder(session: pkcs11.Session, key: Any) -> Holder:
    if not key[Attribute.EXTRACTABLE]:
        raise BadInput(
            "the HSM never lets this key out, not even encrypted (CKA_EXTRACTABLE is false); "
            "import a key that was made extractable"
        )
    if key[Attribute.VALUE_LEN] not in OCTETS:
        raise BadInput(f"the HSM's key has {key[Attribute.VALUE_LEN]} octets; a root key has 16, 24 or 32")
    if not key[Attribute.SENSITIVE]:
        return InMemory(KeyMaterial(key[Attribute.VALUE]))
    if key.key_type is not KeyType.AES:
        raise BadInput("the HSM's key is not an AES key; a root key is")
    return InHSM(session, key)


def _rsa_template(public_pem: bytes) -> dict[Attribute, object]:
    numbers = _rsa_numbers(public_pem)
    return {
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.KEY_TYPE: KeyType.RSA,
        Attribute.MODULUS: _octets(numbers["modulus"].native),
        Attribute.PUBLIC_EXPONENT: _octets(numbers["public_exponent"].native),
        Attribute.WRAP: True,
        Attribute.TOKEN: False,
    }


def _rsa_numbers(public_pem: bytes) -> Any:
    try:
        info = keys.PublicKeyInfo.load(pem.unarmor(public_pem)[2])
        if info.algorithm == "rsa":
            return info["public_key"].parsed
    except (ValueError, TypeError):
        raise ValueError("this is not a public key in PEM") from None
    raise ValueError("the public key is not an RSA key")


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _instead(algorithm: ImportAlgorithm) -> str:
    return "; try --hpcs, which uses SHA-1" if algorithm is ImportAlgorithm.OAEP_SHA_256 else ""
