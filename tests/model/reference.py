"""What the API should do, written from its description and not from our code.

Source: ``spec/kms-api.md`` sections 1.12 to 1.14, 2.6 to 2.12 and 3.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

ACTIVE, SUSPENDED, DEACTIVATED, DESTROYED = 1, 2, 3, 5
HALF_MINUTE, HOUR, DAY = timedelta(seconds=30), timedelta(hours=1), timedelta(days=1)

READERS, PLUS = frozenset({"Reader", "Writer", "Manager"}), frozenset({"Writer", "Manager"})
MANAGERS, PURGERS = frozenset({"Manager"}), frozenset({"KeyPurge"})
MAY: Final = {
    "create": PLUS,
    "create_with_overrides": MANAGERS,
    "read": PLUS,  # and ReaderPlus, which nobody here has
    "metadata": READERS,
    "list": READERS,
    "versions": READERS,
    "registrations": READERS,
    "wrap": READERS,
    "unwrap": READERS,
    "rewrap": READERS,
    "rotate": PLUS,
    "sync": PLUS,
    "setKeyForDeletion": PLUS,
    "unsetKeyForDeletion": PLUS,
    "disable": MANAGERS,
    "enable": MANAGERS,
    "delete": MANAGERS,
    "restore": MANAGERS,
    "policies": MANAGERS,
    "purge": PURGERS,
    "move": MANAGERS,
    "alias": PLUS,
    "unalias": PLUS,
    "make_ring": PLUS,
    "delete_ring": MANAGERS,
    "list_rings": READERS,
    "instance_policy": MANAGERS,
    "token": PLUS,
    "kmip": MANAGERS,  # and KmipAdapterManager, which nobody here has
    "acknowledge": READERS,
}
"""Section 1.14."""
OF_INSTANCES: Final = frozenset(
    "create create_with_overrides list make_ring delete_ring list_rings instance_policy token kmip "
    "acknowledge".split()
)

OK, GONE, WRONG = None, (410, "KEY_DELETED_ERR"), (409, "KEY_ACTION_INVALID_STATE_ERR")
Verdict = tuple[int, str] | None
STATES: Final[dict[str, dict[int, Verdict]]] = {
    "read": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: OK},
    "metadata": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: OK},
    "registrations": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: OK},
    "versions": {ACTIVE: OK, SUSPENDED: WRONG, DEACTIVATED: WRONG, DESTROYED: GONE},
    "wrap": {ACTIVE: OK, SUSPENDED: WRONG, DEACTIVATED: WRONG, DESTROYED: GONE},
    "unwrap": {ACTIVE: OK, SUSPENDED: WRONG, DEACTIVATED: OK, DESTROYED: GONE},
    "rewrap": {ACTIVE: OK, SUSPENDED: WRONG, DEACTIVATED: OK, DESTROYED: GONE},
    "rotate": {ACTIVE: OK, SUSPENDED: WRONG, DEACTIVATED: OK, DESTROYED: GONE},
    "disable": {ACTIVE: OK, SUSPENDED: WRONG, DEACTIVATED: WRONG, DESTROYED: GONE},
    "enable": {ACTIVE: WRONG, SUSPENDED: OK, DEACTIVATED: WRONG, DESTROYED: GONE},
    "setKeyForDeletion": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "unsetKeyForDeletion": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "delete": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "policies": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "move": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "alias": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "unalias": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: GONE},
    "restore": {ACTIVE: WRONG, SUSPENDED: WRONG, DEACTIVATED: WRONG, DESTROYED: OK},
    "purge": {ACTIVE: WRONG, SUSPENDED: WRONG, DEACTIVATED: WRONG, DESTROYED: OK},
    "sync": {ACTIVE: OK, SUSPENDED: OK, DEACTIVATED: OK, DESTROYED: OK},
}
"""Section 3.2."""
ROOT_ONLY: Final = frozenset({"versions", "wrap", "unwrap", "rewrap", "rotate", "disable", "enable"})

TOO_EARLY: Final = (409, "REQ_TOO_EARLY_ERR")


@dataclass
class ModelRotation:
    """A rotation policy of a key, section 3.5."""

    months: int
    first: datetime  # the schedule counts from here, whatever is set later
    set: datetime


@dataclass
class ModelRegistration:
    """A resource that a key protects, section 2.14."""

    version: str
    prevent: bool  # the key's deletion
    tags: list[str]  # the newest is the last


@dataclass
class ModelKey:
    """One key."""

    id: str
    root: bool
    imported: bool
    made: datetime
    versions: list[str]  # ids, oldest first
    expires: datetime | None
    stored_state: int = ACTIVE
    acted: datetime = field(init=False)  # the last lifecycle action
    rotated: datetime | None = None
    synced: datetime | None = None
    deleted: datetime | None = None
    dual_auth: bool = False
    approver: str | None = None
    approved_until: datetime | None = None
    rotation: ModelRotation | None = None
    ring: str = "default"
    aliases: set[str] = field(default_factory=set)
    registrations: dict[str, ModelRegistration] = field(default_factory=dict)  # by CRN
    adapters: int = 0  # that it serves

    def __post_init__(self) -> None:
        self.acted = self.made

    def state(self, now: datetime) -> int:
        """Section 3.1: expiry is evaluated at each request."""
        expired = self.expires is not None and now >= self.expires
        return DEACTIVATED if expired and self.stored_state != DESTROYED else self.stored_state

    def verdict(
        self, operation: str, now: datetime, caller: str = "", *, payload: bool = False, force: bool = False
    ) -> Verdict:
        """Return how *operation* is refused, in the order of section 1.12, or that it is not."""
        verdict = self._by_state(operation, now)
        if verdict is not OK:
            return verdict
        match operation:
            case "rotate":
                return self._rotation(now, payload=payload)
            case "restore":
                return self._restoration(now)
            case "delete":
                return self._protected(force=force) or self._others(operation, now, caller)
            case _:
                return self._others(operation, now, caller)

    def _by_state(self, operation: str, now: datetime) -> Verdict:
        by_state = STATES[operation][self.state(now)]
        if by_state == GONE:
            return GONE
        return (400, "KEY_ROOT_REQ_ERR") if operation in ROOT_ONLY and not self.root else by_state

    def _others(self, operation: str, now: datetime, caller: str) -> Verdict:
        match operation:
            case "enable" if now - self.acted < HALF_MINUTE:
                return TOO_EARLY
            case "sync" if now - max(self.acted, self.synced or self.acted) < HOUR:
                return TOO_EARLY
            case "purge" if self.deleted is not None and now - self.deleted < 4 * HOUR:
                return TOO_EARLY
            case "delete" if self.dual_auth and self.approval(now) in (None, caller):
                return 409, "AUTHORIZATIONS_NOT_MET"
            case "setKeyForDeletion" | "unsetKeyForDeletion" if not self.dual_auth:
                return 409, "NOT_DUAL_AUTH_ERR"
            case _:
                return OK

    def _protected(self, *, force: bool) -> Verdict:
        """Section 2.7: resources stand in the way of a deletion, some whatever is forced."""
        if self.adapters:
            return 409, "PROTECTED_RESOURCE_ERR"
        if any(it.prevent for it in self.registrations.values()):
            return 409, "PREV_KEY_DEL_ERR"
        return (409, "PROTECTED_RESOURCE_ERR") if self.registrations and not force else OK

    def registering(self, now: datetime) -> Verdict:
        """Return how a registration is refused whatever it says, section 2.14."""
        if not self.root:
            return 422, "KEY_ROOT_REQ_REG_ERR"
        return OK if self.state(now) == ACTIVE else (422, "KEY_INVALID_STATE_ERR")

    def version_of(self, named: str | None, was: ModelRegistration | None) -> Verdict:
        """Return how the version that a registration names is refused; it only moves forward."""
        if named is None:
            return OK
        if named not in self.versions:
            return 400, "INVALID_FIELD_ERR"
        older = was is not None and self.versions.index(named) < self.versions.index(was.version)
        return (422, "KEY_VERSION_INVALID") if older else OK

    def _rotation(self, now: datetime, *, payload: bool) -> Verdict:
        if payload != self.imported:
            return 400, "INVALID_QUERY_PARAM_ERR" if payload else "KEY_PAYLOAD_REQ_ERR"
        if self.rotated is not None and now - self.rotated < HOUR:
            return 409, "KEY_ROTATION_NOT_PERMITTED"
        return OK

    def _restoration(self, now: datetime) -> Verdict:
        assert self.deleted is not None
        if now - self.acted < HALF_MINUTE:
            return TOO_EARLY
        if self.expires is not None and now >= self.expires:
            return 400, "KEY_EXPIRED_ERR"
        if now >= self.deleted + timedelta(days=30):
            return 400, "KEY_RESTORE_EXPIRED"
        return OK

    def rotate_every(self, months: int, now: datetime) -> None:
        """Set the rotation policy."""
        first = self.rotation.first if self.rotation else now
        self.rotation = ModelRotation(months, first, now)

    def next_rotation(self) -> datetime | None:
        """Section 3.5: of the dates that the policy fixed, the first that nothing has settled."""
        if self.rotation is None:
            return None
        settled = max(self.rotation.set, self.rotated or self.rotation.first)
        step = self.rotation.months * 30 * DAY
        at = self.rotation.first + step
        while at <= settled:
            at += step
        return at

    def wants_rotation(self, now: datetime) -> bool:
        """Tell whether the service rotates the key by itself at *now*."""
        at = self.next_rotation()
        return (
            at is not None
            and now >= at
            and self.state(now) == ACTIVE
            and (self.rotated is None or now - self.rotated >= HOUR)
        )

    def forgotten(self, now: datetime) -> bool:
        """Tell whether the service purges the key by itself at *now*, section 3.3."""
        return self.deleted is not None and now >= self.deleted + 90 * DAY

    def last_kind(self) -> str:
        """Return what a service is told once more, section 2.16."""
        if self.stored_state == DESTROYED:
            return "delete"
        if self.stored_state == SUSPENDED:
            return "disable"
        return "rotate" if self.rotated == self.acted else "enable"

    def edges(self, now: datetime) -> list[datetime]:
        """Return when something about the key may change."""
        found = [self.acted + HALF_MINUTE, self.expires, self.next_rotation()]
        found.append(self.approved_until if self.approval(now) else None)
        found.append(self.synced + HOUR if self.synced else None)
        if self.rotated is not None:
            found.append(self.rotated + HOUR)
        if self.deleted is not None:
            found += [self.deleted + span for span in (4 * HOUR, 30 * DAY, 90 * DAY)]
        return [edge for edge in found if edge is not None]

    def approval(self, now: datetime) -> str | None:
        """Section 3.4: who approved the deletion, for seven days."""
        return self.approver if self.approved_until is not None and now < self.approved_until else None

    def happens(self, operation: str, now: datetime, caller: str) -> None:
        """Note that *operation* was done."""
        match operation:
            case "disable":
                self.stored_state, self.acted = SUSPENDED, now
            case "enable":
                self.stored_state, self.acted = ACTIVE, now
            case "delete":
                self.stored_state, self.acted, self.deleted = DESTROYED, now, now
                self.approver = self.approved_until = None
            case "restore":
                self.stored_state, self.acted, self.deleted = ACTIVE, now, None
            case "sync":
                self.synced = now
            case "setKeyForDeletion" if self.approval(now) is None:
                self.approver, self.approved_until = caller, now + timedelta(days=7)
            case "unsetKeyForDeletion":
                self.approver = self.approved_until = None
            case _:
                pass


@dataclass(frozen=True)
class Blob:
    """A wrapped DEK."""

    key: str
    version: str
    dek: str
    aad: tuple[str, ...]
    ciphertext: str
