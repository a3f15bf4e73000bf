"""What an instance should hold and let happen, written from the API's description as `reference` is.

Source: ``spec/kms-api.md`` sections 2.4, 2.9, 2.12, 2.15, 2.16 and 4.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from conformance.imports import Form
from model.reference import OK, ModelKey, Verdict
from model.told import ModelEvent

SWITCHES: Final = (
    "create_root_key",
    "create_standard_key",
    "import_root_key",
    "import_standard_key",
    "enforce_token",
)
"""Of the instance policy keyCreateImportAccess, section 2.9."""
MOST_ALIASES: Final = 5  # of a key
ACTIVE_OBJECT: Final = 2
DESTROYED_OBJECT: Final = {1: 5, 2: 5, 3: 5, 4: 6}
GONE_OBJECTS: Final = frozenset(DESTROYED_OBJECT.values())
"""The states of KMIP objects, section 2.15."""
EXPIRED: Final = (409, "IMPORT_TOKEN_EXPIRED_ERR")
INVALID: Final = (400, "INVALID_FIELD_ERR")


@dataclass
class ModelToken:
    """The import token of an instance."""

    expires: datetime
    remaining: int
    form: Form  # in which material is brought to it
    public_key: bytes  # there are only a few RSA pairs here, so that tokens may have the same

    def retrieval(self, now: datetime) -> Verdict:
        """Return how a retrieval is refused, section 4.3."""
        return EXPIRED if now > self.expires or self.remaining < 1 else OK


@dataclass(frozen=True)
class Brought:
    """Material as a request brings it."""

    way: str | None  # how; None where the service makes it
    fields: dict[str, Any]
    token: ModelToken | None = None  # that it is encrypted to

    @property
    def by_token(self) -> bool:
        return self.token is not None


@dataclass(frozen=True)
class NewKey:
    """A key that is asked for."""

    root: bool
    brought: Brought
    overrides: bool  # through the door for keys with policies of their own
    months: int | None
    dual_auth: bool
    aliases: tuple[str, ...]
    lives: int | None  # seconds

    @property
    def imported(self) -> bool:
        return self.brought.way is not None


@dataclass
class ModelAdapter:
    """A KMIP adapter, section 2.15."""

    id: str
    key: ModelKey
    clients: dict[str, int] = field(default_factory=dict)  # numbers of certificates, by their names
    objects: dict[str, int] = field(default_factory=dict)  # states, by id

    @property
    def in_use(self) -> bool:
        """Tell whether it has objects that are not destroyed."""
        return not GONE_OBJECTS.issuperset(self.objects.values())


@dataclass
class ModelTenant:
    """One tenant's instance."""

    keys: dict[str, ModelKey] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)  # ids
    rings: set[str] = field(default_factory=set)
    switches: dict[str, bool] | None = None  # keyCreateImportAccess, where it is on
    dual_auth: bool = False  # of new keys, as the next
    rotation: int | None = None
    token: ModelToken | None = None
    adapters: dict[str, ModelAdapter] = field(default_factory=dict)  # by name
    events: dict[str, ModelEvent] = field(default_factory=dict)  # by id, the newest is the last

    def aliases(self) -> dict[str, ModelKey]:
        """Return whose each alias is; destroyed keys keep theirs until they are purged."""
        return {alias: key for key in self.keys.values() for alias in sorted(key.aliases)}

    def names(self) -> list[str]:
        """Return all that keys go by."""
        return [*self.keys, *self.aliases()]

    def any_ring(self, number: int) -> str | None:
        """Return what a request may name, one that is not there included."""
        choices = (None, None, *sorted(self.rings), "not-there")
        return choices[number % len(choices)]

    def creation(self, new: NewKey, ring: str | None, now: datetime) -> Verdict:
        """Return how a new key is refused, in the order of section 1.12."""
        if len(new.aliases) > MOST_ALIASES or (new.brought.by_token and not new.root):
            return INVALID
        if ring not in (None, "default", *self.rings):
            return 404, "KEY_RING_NOT_FOUND_ERR"
        if new.overrides and new.months is not None and (new.imported or not new.root):
            return 400, "KEY_PAYLOAD_REQ_ERR" if new.root else "KEY_ROOT_REQ_ERR"
        access = self.access(root=new.root, way=new.brought.way, by_token=new.brought.by_token)
        if access is not None:
            return access
        if not self.aliases().keys().isdisjoint(new.aliases):
            return 409, "KEY_ALIAS_NOT_UNIQUE_ERR"
        return self.opening(new.brought, now)

    def access(self, *, root: bool, way: str | None, by_token: bool) -> Verdict:
        """Section 2.9, the truth table; standard keys cannot use tokens."""
        if self.switches is None:
            return OK
        sort = "root" if root else "standard"
        allowed = self.switches[f"{'create' if way is None else 'import'}_{sort}_key"]
        if not allowed or (way is not None and self.switches["enforce_token"] and not by_token):
            return 409, "KEY_CREATE_IMPORT_ACCESS_ERR"
        return OK

    def opening(self, brought: Brought, now: datetime) -> Verdict:
        """Return how encrypted material is refused, section 4.5."""
        if brought.token is None:
            return OK
        if self.token is None or now > self.token.expires:
            return EXPIRED
        if brought.way == "other algorithm" or brought.token.form.token_body != self.token.form.token_body:
            return INVALID
        if brought.way == "other payload" or brought.token.public_key != self.token.public_key:
            return 422, "UNPROCESSABLE_CIPHERTEXT_ERR"
        if brought.way == "unopened nonce":
            return 400, "INCORRECT_NONCE_IV_ERR"
        other = brought.token is not self.token or brought.way == "other nonce"
        return (400, "INCORRECT_NONCE_ERR") if other else OK

    def add(self, key: ModelKey, new: NewKey) -> None:
        """Add a new key, with its own policies, or those that new keys get."""
        key.dual_auth = new.dual_auth if new.overrides else self.dual_auth
        months = new.months if new.overrides else self.rotation
        if months is not None and key.root and not key.imported:
            key.rotate_every(months, key.made)
        self.keys[key.id] = key

    def forget(self, key: ModelKey) -> None:
        """Note that *key* was purged."""
        self.purged.append(key.id)
        del self.keys[key.id]


def ends(lives: int | None, now: datetime) -> datetime | None:
    """Return when a key that is to live so many seconds expires; the wire has no fractions."""
    return None if lives is None else now.replace(microsecond=0) + timedelta(seconds=lives)
