"""How a new key version gets its material: made here, brought in the clear, or brought with a token."""

from dataclasses import dataclass

from keystead.domain.errors import bad_field
from keystead.domain.ids import KeyId, VersionId
from keystead.domain.import_tokens import ImportAlgorithm, Upload, usable
from keystead.domain.keys import ImportProof, KeyVersion
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binding, SealedMaterial
from keystead.service.case import Case, Tools

STANDARD_OCTETS = range(1, 7501)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What comes with material that was encrypted to an import token."""

    encrypted_nonce: bytes
    iv: bytes
    algorithm: ImportAlgorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where material comes from; no ``payload`` means that the unit makes it."""

    payload: KeyMaterial | None = None
    proof: Proof | None = None

    @property
    def kept_proof(self) -> ImportProof | None:
        """What of a secure import stays readable on the key."""
        if self.proof is None:
            return None
        return ImportProof(encrypted_nonce=self.proof.encrypted_nonce, iv=self.proof.iv)


def require_fitting(source: Source, *, extractable: bool) -> None:
    """Raise `Refused` with ``INVALID_FIELD`` where what was brought cannot be a key of this sort."""
    if source.payload is None or not extractable:
        return
    if source.proof is not None:
        raise bad_field("encryptedNonce", "absent for a standard key: only root keys use import tokens")
    if len(source.payload) not in STANDARD_OCTETS:
        raise bad_field("payload", "1 to 7500 octets of key material, base64 encoded")


async def new_version(
    source: Source, key: KeyId, *, extractable: bool, case: Case, tools: Tools
) -> KeyVersion:
    """Seal material from *source*, which fits the key, as a fresh version of *key*.

    Raises:
        Refused: rows 5 to 10 of ``spec/kms-api.md`` section 4.5.
    """
    version = VersionId(tools.new_id())
    binding = Binding(instance=case.instance.id, key=key, version=version, extractable=extractable)
    sealed = await _sealed(source, binding, case, tools)
    return KeyVersion(
        id=version,
        created_at=case.now,
        sealed=sealed.sealed,
        material_id=sealed.material_id,
        bits=sealed.bits,
    )


async def _sealed(source: Source, binding: Binding, case: Case, tools: Tools) -> SealedMaterial:
    if source.payload is None:
        return await tools.unit.generate(binding)
    if source.proof is None:
        return await tools.unit.take(binding, source.payload)
    token = usable(await tools.store.import_token(binding.instance), case.now)
    return await tools.unit.take_upload(binding, token, _upload(source.payload, source.proof))


def _upload(payload: KeyMaterial, proof: Proof) -> Upload:
    return Upload(
        payload=payload.reveal(),  # RSA or HPKE ciphertext, no secret yet
        encrypted_nonce=proof.encrypted_nonce,
        iv=proof.iv,
        algorithm=proof.algorithm,
    )
