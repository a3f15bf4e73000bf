"""Keys, their versions and their states."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from types import MappingProxyType

from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId, VersionId
from keystead.domain.moments import spaced
from keystead.domain.policies import DualAuthPolicy, RotationPolicy
from keystead.domain.reasons import Reason


class KeyState(IntEnum):
    """NIST SP 800-57 states, numbered as on the wire; there is no 4."""

    __hash__ = int.__hash__  # Enum's own is Python code

    PRE_ACTIVE = 0
    ACTIVE = 1
    SUSPENDED = 2
    DEACTIVATED = 3
    DESTROYED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How long things last; the defaults are those of the service we are compatible with.

    Source: ``spec/kms-api.md`` section 3.3.
    """

    enable_after: timedelta = timedelta(seconds=30)
    restore_after: timedelta = timedelta(seconds=30)
    restore_within: timedelta = timedelta(days=30)
    purge_after: timedelta = timedelta(hours=4)
    purge_at: timedelta = timedelta(days=90)
    rotate_every: timedelta = timedelta(hours=1)
    sync_after: timedelta = timedelta(hours=1)
    acknowledge_within: timedelta = timedelta(hours=4)  # by services; iam-and-provisioning.md, INT-7
    reclaim_after: timedelta = timedelta(0)  # of deleted instances; none can be had back
    authorize_within: timedelta = timedelta(days=7)  # an approval of a deletion, section 3.4


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersion:
    """One generation of a key's material, in the form that only a crypto unit can open."""

    id: VersionId
    created_at: datetime
    sealed: bytes
    material_id: bytes  # 16 octets that name a root key's material; empty for a standard key
    bits: int  # size of the material: 128, 192 or 256 for a root key


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProof:
    """The nonce and initialisation vector that a secure import was proven with; read back by Terraform."""

    encrypted_nonce: bytes
    iv: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A root or standard key as one instant saw it; changes make a new value."""

    instance: InstanceId
    id: KeyId
    ring: RingId
    name: str
    description: str | None
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    state: KeyState
    extractable: bool  # True for a standard key, False for a root key
    imported: bool
    versions: tuple[KeyVersion, ...]  # oldest first, never empty
    created_at: datetime
    created_by: IamId
    updated_at: datetime
    acted_at: datetime  # last lifecycle action; waiting times count from here
    rotated_at: datetime | None = None
    expires_at: datetime | None = None
    expired_at: datetime | None = None  # when it was recorded that the key expired
    deleted_at: datetime | None = None
    deleted_by: IamId | None = None
    import_proof: ImportProof | None = None
    synced_at: datetime | None = None  # when its resources were last told of its state on request
    rotation: RotationPolicy | None = None
    dual_auth: DualAuthPolicy | None = None
    revision: int = 1  # grows by one with each stored change

    def __post_init__(self) -> None:
        if not self.versions:
            raise ValueError(f"key {self.id} has no version")

    @property
    def current(self) -> KeyVersion:
        """The version that wraps; the older ones only unwrap."""
        return self.versions[-1]

    def at(self, now: datetime) -> "Key":
        """Return the key as it stands at *now*: expired keys are Deactivated without any write."""
        if self.expires_at is None or now < self.expires_at:
            return self
        if self.state in (KeyState.ACTIVE, KeyState.SUSPENDED):
            return replace(self, state=KeyState.DEACTIVATED)
        return self

    def require(self, action: Action) -> None:
        """Raise `Refused` where this key's kind or state forbids *action*.

        Source: ``spec/kms-api.md`` section 3.2; order of checks section 1.12.
        """
        allowed = _ALLOWED.get(action)
        if allowed is None:
            return
        if self.state is KeyState.DESTROYED and KeyState.DESTROYED not in allowed:
            raise _destroyed()
        if self.extractable and action in _ROOT_ONLY:
            raise _no_root()
        if self.state not in allowed:
            raise _wrong_state(self._state_context(action))

    def require_versions(self, *, all_states: bool) -> None:
        """Raise `Refused` unless its versions may be listed, be it only where *all_states* are asked for."""
        if self.state is KeyState.DESTROYED and not all_states:
            raise _destroyed()
        if self.extractable:
            raise _no_root()
        if self.state not in VERSIONS_WITHOUT_ALL_STATES and not all_states:
            raise _wrong_state("Key is not in active state")

    def _state_context(self, action: Action) -> str | None:
        if action is Action.KEY_ENABLE:
            return "Key is not in suspended state"
        if action is Action.KEY_WRAP and self.state is KeyState.DEACTIVATED and self.expires_at is not None:
            return f"The key expired on {spaced(self.expires_at.astimezone(UTC))}"
        return "Key is not in active state" if action in _WANTS_ACTIVE else None


def _destroyed() -> Refused:
    return Refused(Reason.KEY_DELETED, "Key has already been deleted. Please delete references to this key.")


def _no_root() -> Refused:
    return Refused(Reason.KEY_ROOT_REQUIRED, "Requested action can only be completed with a root key")


def _wrong_state(context: str | None) -> Refused:
    return Refused(Reason.KEY_STATE, "Key is not in a valid state", context=context)


_ACTIVE = frozenset({KeyState.ACTIVE})
_READABLE = frozenset({KeyState.ACTIVE, KeyState.DEACTIVATED})
_LIVING = frozenset({KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED})
_DESTROYED = frozenset({KeyState.DESTROYED})

_ALLOWED = MappingProxyType(
    {
        Action.KEY_WRAP: _ACTIVE,
        Action.KEY_UNWRAP: _READABLE,
        Action.KEY_REWRAP: _READABLE,
        Action.KEY_ROTATE: _READABLE,
        Action.KEY_DISABLE: _ACTIVE,
        Action.KEY_ENABLE: frozenset({KeyState.SUSPENDED}),
        Action.KEY_DELETE: _LIVING,
        Action.KEY_PATCH: _LIVING,
        Action.ALIAS_CREATE: _LIVING,
        Action.ALIAS_DELETE: _LIVING,
        Action.KEY_SET_FOR_DELETION: _LIVING,
        Action.KEY_UNSET_FOR_DELETION: _LIVING,
        Action.KEY_POLICIES_WRITE: _LIVING,
        Action.KEY_RESTORE: _DESTROYED,
        Action.KEY_PURGE: _DESTROYED,
        Action.TIME_EXPIRE: frozenset({KeyState.DEACTIVATED}),  # which `Key.at` made it
        Action.TIME_ROTATE: _ACTIVE,
        Action.TIME_PURGE: _DESTROYED,
    }
)
_ROOT_ONLY = frozenset(
    {
        Action.KEY_WRAP,
        Action.KEY_UNWRAP,
        Action.KEY_REWRAP,
        Action.KEY_ROTATE,
        Action.KEY_DISABLE,
        Action.KEY_ENABLE,
        Action.TIME_ROTATE,
    }
)
_WANTS_ACTIVE = frozenset(
    {Action.KEY_WRAP, Action.KEY_UNWRAP, Action.KEY_REWRAP, Action.KEY_ROTATE, Action.KEY_DISABLE}
)
VERSIONS_WITHOUT_ALL_STATES = _ACTIVE
"""States in which versions are listed unless ``allKeyStates`` was asked for."""
