"""Keys, versions and tokens as the wire shows them.

Source: ``spec/kms-api.md`` sections 1.5, 2.2, 3.3 and 4.3.
"""

import base64
from datetime import datetime
from typing import Any, Final

from keystead.domain.import_tokens import ImportToken, TokenKind
from keystead.domain.instances import Instance
from keystead.domain.keys import Key, KeyState, KeyVersion, Windows
from keystead.domain.lifecycle import (
    deletion_time,
    purgeable_from,
    purged_at,
    restorable_until,
    rotatable_from,
)
from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment
from keystead.domain.policies import DualAuthPolicy
from keystead.protocols.rest.policy_views import rotation_member

KEY_TYPE: Final = "application/vnd.ibm.kms.key+json"
VERSION_TYPE: Final = "application/vnd.ibm.kms.key.version+json"
ERROR_TYPE: Final = "application/vnd.ibm.kms.error+json"
_STANDARD_BITS: Final = 256
_ROTATED: Final = (KeyState.ACTIVE, KeyState.DEACTIVATED)


def text64(octets: bytes) -> str:
    """Write octets in standard, padded base64."""
    return base64.b64encode(octets).decode("ascii")


def secret64(material: KeyMaterial) -> str:
    """Write secret octets in base64, for the one answer that shows them to their owner."""
    return text64(material.reveal())


def collection(kind: str, resources: list[dict[str, Any]], **metadata: Any) -> dict[str, Any]:
    """Return the envelope of nearly every body."""
    return {
        "metadata": {"collectionType": kind, "collectionTotal": len(resources), **metadata},
        "resources": resources,
    }


def brief_key(key: Key, instance: Instance) -> dict[str, Any]:
    """Return a key as create and restore answer without any preference: no update times (column C)."""
    view: dict[str, Any] = {
        "type": KEY_TYPE,
        "id": key.id,
        "name": key.name,
        "state": int(key.state),
        "extractable": key.extractable,
        "crn": instance.key_crn(key.id),
        "imported": key.imported,
        "keyRingID": key.ring,
        "creationDate": moment(key.created_at),
        "createdBy": key.created_by,
        "deleted": key.state is KeyState.DESTROYED,
    }
    _add_if_set(view, key)
    if not key.extractable:
        view["keyVersion"] = version(key.current)
    return view


def full_key(key: Key, instance: Instance, now: datetime, windows: Windows) -> dict[str, Any]:
    """Return a key as reads, lists and ``return=representation`` show it (column F)."""
    bits = _STANDARD_BITS if key.extractable else key.current.bits
    view = brief_key(key, instance)
    view.update(
        algorithmType="Deprecated",
        algorithmMetadata={"bitLength": str(bits), "mode": "Deprecated"},
        algorithmBitSize=bits,
        algorithmMode="Deprecated",
        lastUpdateDate=moment(key.updated_at),
    )
    if key.rotated_at is not None:
        view.update(_rotation(key, key.rotated_at, now, windows))
    if key.rotation is not None:
        view["rotation"] = rotation_member(key.rotation)
    if key.dual_auth is not None:
        view["dualAuthDelete"] = _dual_auth(key.dual_auth, now)
    if key.state is KeyState.DESTROYED:
        view.update(_deletion(key, now, windows))
    return view


def with_proof(view: dict[str, Any], key: Key) -> dict[str, Any]:
    """Add what a secure import was proven with: create and get show it, lists do not (U12)."""
    if key.import_proof is not None:
        view["encryptedNonce"] = text64(key.import_proof.encrypted_nonce)
        view["iv"] = text64(key.import_proof.iv)
    return view


def with_material(view: dict[str, Any], material: KeyMaterial | None) -> dict[str, Any]:
    """Add a standard key's material, where it was asked for."""
    if material is not None:
        view["payload"] = secret64(material)
    return view


def version(one: KeyVersion) -> dict[str, str]:
    """Return a key version."""
    return {"id": one.id, "creationDate": moment(one.created_at)}


def new_token(token: ImportToken) -> dict[str, Any]:
    """Return an import token without its key."""
    return {
        "creationDate": moment(token.created_at),
        "expirationDate": moment(token.expires_at),
        "maxAllowedRetrievals": token.max_retrievals,
        "remainingRetrievals": token.remaining,
    }


def read_token(token: ImportToken) -> dict[str, Any]:
    """Return an import token with public key and nonce."""
    view = new_token(token)
    view.update(payload=text64(token.secret.public_key_pem), nonce=text64(token.secret.nonce))
    if token.secret.kind is not TokenKind.RSA_4096:
        view["publicKeyAlgorithm"] = str(token.secret.kind)
    return view


def _add_if_set(view: dict[str, Any], key: Key) -> None:
    if key.aliases:
        view["aliases"] = list(key.aliases)
    if key.description is not None:
        view["description"] = key.description
    if key.tags:
        view["tags"] = list(key.tags)
    if key.expires_at is not None:
        view["expirationDate"] = moment(key.expires_at)


def _dual_auth(policy: DualAuthPolicy, now: datetime) -> dict[str, Any]:
    """Return a policy for deletion with its approval; one that has expired is as good as none."""
    if not policy.enabled:
        return {"enabled": False}
    if policy.approver(now) is None or policy.set_until is None:
        return {"enabled": True, "keySetForDeletion": False}
    return {"enabled": True, "keySetForDeletion": True, "authExpiration": moment(policy.set_until)}


def _rotation(key: Key, rotated_at: datetime, now: datetime, windows: Windows) -> dict[str, Any]:
    """Return when a key was rotated and, which is ours, from when on it can be again.

    Who imports material asks before he makes an import token, since that replaces the one that is there.
    """
    if key.state not in _ROTATED:
        return {"lastRotateDate": moment(rotated_at)}
    due = rotatable_from(key, windows) or now
    return {
        "lastRotateDate": moment(rotated_at),
        "rotationAllowed": now >= due,
        "rotationAllowedFrom": moment(due),
    }


def _deletion(key: Key, now: datetime, windows: Windows) -> dict[str, Any]:
    restorable, purgeable = restorable_until(key, windows), purgeable_from(key, windows)
    return {
        "deletionDate": moment(deletion_time(key)),
        "deletedBy": key.deleted_by,
        "restoreAllowed": now < restorable,
        "restoreExpirationDate": moment(restorable),
        "purgeAllowed": now >= purgeable,
        "purgeAllowedFrom": moment(purgeable),
        "purgeScheduledOn": moment(purged_at(key, windows)),
    }
