"""Import tokens: a public key and a challenge, for bringing key material in without showing it.

Source: ``spec/kms-api.md`` section 4.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import InstanceId
from keystead.domain.reasons import Reason

EXPIRATION_SECONDS = range(300, 86_401)
RETRIEVALS = range(1, 501)
DEFAULT_EXPIRATION_SECONDS = 600


class TokenKind(StrEnum):
    """What sort of public key a token offers."""

    RSA_4096 = "RSA_4096"
    HYBRID = "X25519_MLKEM768"


class ImportAlgorithm(StrEnum):
    """How the uploaded material is encrypted, as ``encryptionAlgorithm`` names it."""

    OAEP_SHA_256 = "RSAES_OAEP_SHA_256"
    OAEP_SHA_1 = "RSAES_OAEP_SHA_1"
    HYBRID = "HPKE_MLKEM768_X25519"

    @property
    def kind(self) -> TokenKind:
        """The token that this algorithm needs."""
        return TokenKind.HYBRID if self is ImportAlgorithm.HYBRID else TokenKind.RSA_4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSecret:
    """What a crypto unit makes for a token; the private key is sealed, the rest is for the client."""

    kind: TokenKind
    sealed_private_key: bytes
    public_key_pem: bytes
    nonce: bytes  # 12 octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Encrypted key material and the proof that its sender holds both the material and the nonce."""

    payload: bytes
    encrypted_nonce: bytes
    iv: bytes  # 12 octets: AES-GCM; 16 octets: AES-CBC with PKCS #7 padding
    algorithm: ImportAlgorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportToken:
    """The one import token of an instance; a new one replaces it."""

    instance: InstanceId
    id: str
    secret: TokenSecret
    created_at: datetime
    expires_at: datetime
    max_retrievals: int
    remaining: int
    revision: int = 1

    def retrieved(self, now: datetime) -> "ImportToken":
        """Return the token with one retrieval less.

        Raises:
            Refused: ``IMPORT_TOKEN_EXPIRED`` when it is too old or was read too often.
        """
        self.require_fresh(now)
        if self.remaining < 1:
            raise _expired()
        return replace(self, remaining=self.remaining - 1, revision=self.revision + 1)

    def require_fresh(self, now: datetime) -> None:
        """Raise `Refused` past the expiration; retrievals do not limit how often a token imports."""
        if now > self.expires_at:
            raise _expired()


def usable(token: ImportToken | None, now: datetime) -> ImportToken:
    """Return *token* if material can be imported with it.

    Raises:
        Refused: ``IMPORT_TOKEN_EXPIRED`` when there is none or it is too old.
    """
    if token is None:
        raise _expired()
    token.require_fresh(now)
    return token


def read_limits(expiration: int | None, retrievals: int | None) -> tuple[int, int]:
    """Return the seconds and retrievals of a new token, with defaults for what is absent.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    seconds = DEFAULT_EXPIRATION_SECONDS if expiration is None else expiration
    count = 1 if retrievals is None else retrievals
    if seconds not in EXPIRATION_SECONDS:
        raise bad_field("expiration", "an integer between 300 and 86400 (inclusive)")
    if count not in RETRIEVALS:
        raise bad_field("maxAllowedRetrievals", "an integer between 1 and 500 (inclusive)")
    return seconds, count


def _expired() -> Refused:
    return Refused(Reason.IMPORT_TOKEN_EXPIRED, "The import token has expired.")
