"""Keys, versions and an import token for tests, whole and unremarkable except where a test says otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from keystead.domain.ids import DEFAULT_RING, IamId, InstanceId, KeyId, VersionId
from keystead.domain.import_tokens import ImportToken, TokenKind, TokenSecret
from keystead.domain.keys import Key, KeyState, KeyVersion

T0 = datetime(2031, 5, 4, 9, 8, 7, tzinfo=UTC)
INSTANCE = InstanceId("1b7e0d6a-4f0e-4c1f-8a51-0d9a6b7c8d9e")
FIRST = KeyVersion(
    id=VersionId("00000000-0000-4000-8000-000000000001"),
    created_at=T0,
    sealed=b"first",
    material_id=bytes(16),
    bits=256,
)
SECOND = replace(FIRST, id=VersionId("00000000-0000-4000-8000-000000000002"), sealed=b"second", bits=128)
ROOT = Key(
    instance=INSTANCE,
    id=KeyId("6d0f3c52-7a41-4b1e-9a3e-5d2c1f0b8e77"),
    ring=DEFAULT_RING,
    name="payroll",
    description="of the tests",
    tags=("a",),
    aliases=("pay",),
    state=KeyState.ACTIVE,
    extractable=False,
    imported=False,
    versions=(FIRST,),
    created_at=T0,
    created_by=IamId("IBMid-2700ABCDEF"),
    updated_at=T0,
    acted_at=T0,
)
TOKEN = ImportToken(
    instance=INSTANCE,
    id="1b7e0d6a-4f0e-4c1f-8a51-0d9a6b7c8d9e",
    secret=TokenSecret(
        kind=TokenKind.RSA_4096, sealed_private_key=b"s", public_key_pem=b"p", nonce=bytes(12)
    ),
    created_at=T0,
    expires_at=T0 + timedelta(seconds=600),
    max_retrievals=2,
    remaining=2,
)
