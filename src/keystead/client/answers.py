"""The bodies that the key API answers with, as values.

Source: ``spec/kms-api.md`` sections 2.8, 4.3 and 5.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from keystead.client.errors import unreadable
from keystead.client.transport import Answer
from keystead.domain.material import KeyMaterial

KeyBody = dict[str, Any]
"""A key object with every member the server sent, named as on the wire."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What an import token asks its holder to prove."""

    public_key_pem: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True)
class WrapAnswer:
    """A wrapped DEK as the server's text, the DEK if the server made it, and the key version."""

    ciphertext: str
    made: KeyMaterial | None
    version: str | None


@dataclass(frozen=True, slots=True)
class UnwrapAnswer:
    """A DEK; ``rewrapped`` is its new ciphertext if an older version had wrapped it."""

    dek: KeyMaterial
    rewrapped: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class RewrapAnswer:
    """The ciphertext under the current version."""

    ciphertext: str
    version: str | None


class _Version(msgspec.Struct):
    id: str | None = None


class _Token(msgspec.Struct):
    payload: bytes
    nonce: bytes


class _Action(msgspec.Struct, rename="camel"):
    ciphertext: str | None = None
    plaintext: bytes | None = None
    key_version: _Version | None = None
    rewrapped_key_version: _Version | None = None


class ImpactRegistration(msgspec.Struct, rename="camel"):
    """A resource that a key protects."""

    resource_crn: str
    prevent_key_deletion: bool


class ImpactCaller(msgspec.Struct, rename="camel", omit_defaults=True):
    """What somebody used a key for."""

    iam_id: str
    action: str
    last_used: str
    count: int
    authn_ids: list[str] = []


class CountedLog(msgspec.Struct, rename="camel", omit_defaults=True):
    """How far the audit log of a node is counted."""

    node: str
    counted_to: str | None = None


class ImpactReason(msgspec.Struct):
    """Why something would be refused."""

    code: str
    message: str


class ImpactOutcome(msgspec.Struct):
    """What would come of one request."""

    action: str
    force: bool
    refused: bool
    reasons: list[ImpactReason]


class Impact(msgspec.Struct, rename="camel"):
    """What would come of deleting or disabling a key, with every member that the server sends."""

    key_id: str
    key_name: str
    key_crn: str
    state: int
    registrations: list[ImpactRegistration]
    more_registrations: bool
    kmip_adapters: list[str]
    callers: list[ImpactCaller]
    more_callers: bool
    days_asked_for: int
    audit_logs: list[CountedLog]
    outcomes: list[ImpactOutcome]


class _Impacts(msgspec.Struct):
    resources: list[Impact] = []


class _Collection(msgspec.Struct):
    resources: list[KeyBody] = []


def keys(answer: Answer) -> list[KeyBody]:
    """Read a collection, which may be empty; `RemoteError` ``ANSWER_UNREADABLE``."""
    return _read(answer, _Collection).resources


def key(answer: Answer) -> KeyBody:
    """Read a collection of one; errors as `keys`."""
    found = keys(answer)
    if len(found) != 1 or not isinstance(found[0].get("id"), str):
        raise unreadable("the server did not answer with one key", answer.status)
    return found[0]


def impact(answer: Answer) -> Impact:
    """Read what would come of deleting or disabling a key; errors as `keys`."""
    found = _read(answer, _Impacts).resources
    if len(found) != 1:
        raise unreadable("the server did not answer with the impact on one key", answer.status)
    return found[0]


def body(answer: Answer) -> dict[str, Any]:
    """Read a flat JSON object; errors as `keys`."""
    return _read(answer, dict[str, Any])


def challenge(answer: Answer) -> Challenge:
    """Read an import token; errors as `keys`."""
    token = _read(answer, _Token)
    return Challenge(token.payload, token.nonce)


def wrapped(answer: Answer) -> WrapAnswer:
    """Read the answer of wrap; errors as `keys`."""
    action = _read(answer, _Action)
    if not action.ciphertext:
        raise unreadable("the server did not answer with a ciphertext", answer.status)
    made = None if action.plaintext is None else KeyMaterial(action.plaintext)
    return WrapAnswer(action.ciphertext, made, _id(action.key_version))


def unwrapped(answer: Answer) -> UnwrapAnswer:
    """Read the answer of unwrap; errors as `keys`."""
    action = _read(answer, _Action)
    if action.plaintext is None:
        raise unreadable("the server did not answer with a plaintext", answer.status)
    return UnwrapAnswer(KeyMaterial(action.plaintext), action.ciphertext or None, _id(action.key_version))


def rewrapped(answer: Answer) -> RewrapAnswer:
    """Read the answer of rewrap; errors as `keys`."""
    action = _read(answer, _Action)
    if not action.ciphertext:
        raise unreadable("the server did not answer with a ciphertext", answer.status)
    return RewrapAnswer(action.ciphertext, _id(action.rewrapped_key_version))


def _id(version: _Version | None) -> str | None:
    return version.id if version is not None else None


def _read(answer: Answer, form: type[_T]) -> _T:
    try:
        return msgspec.json.decode(answer.body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Without the cause: a decoder's words may quote what it read, and that may be a secret.
        raise unreadable("the server's answer does not have the form of the API", answer.status) from None
