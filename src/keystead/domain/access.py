"""Who is calling, what they were granted, and whether that allows an action."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from keystead.domain.errors import Refused
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId
from keystead.domain.permissions import PERMISSIONS, Action, Role, Scope
from keystead.domain.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated subject."""

    iam_id: IamId
    name: str  # e-mail address of a user, ServiceId-<uuid> of a service id
    account: AccountId | None
    kind: Literal["user", "serviceid", "service", "clientid", "anonymous"]
    credential: Literal["token", "apikey", "none"]
    until: datetime | None = field(default=None, compare=False)  # when the credential ends

    @property
    def service_crn(self) -> str | None:
        """The CRN of the service that calls, where it is one (``sub_type`` CRN)."""
        return self.iam_id.removeprefix("crn-") if self.kind == "service" else None


ANONYMOUS = Caller(iam_id=IamId("anonymous"), name="", account=None, kind="anonymous", credential="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role for one subject; an attribute that is ``None`` matches anything (AUT-1)."""

    id: str
    subject: IamId
    account: AccountId
    role: Role
    instance: InstanceId | None = None
    ring: RingId | None = None
    key: KeyId | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it reaches over the whole account."""
        return self.instance is None and self.ring is None and self.key is None


@dataclass(frozen=True, slots=True)
class Visible:
    """The part of an instance that a caller may list; ``rings`` is ``None`` for all of it."""

    rings: frozenset[RingId] | None


@dataclass(frozen=True, slots=True)
class Access:
    """What the grants of one caller in one instance allow. Nothing is allowed by default."""

    grants: tuple[Grant, ...]
    _whole: frozenset[Action] = field(init=False)

    def __post_init__(self) -> None:
        roles = {grant.role for grant in self.grants if grant.ring is None and grant.key is None}
        whole = {action for action, row in PERMISSIONS.items() if not row.roles.isdisjoint(roles)}
        object.__setattr__(self, "_whole", frozenset(whole))

    @classmethod
    def to(cls, *actions: Action) -> "Access":
        """Return what allows *actions* everywhere in an instance, and nothing else, without any grant."""
        access = cls(())
        object.__setattr__(access, "_whole", frozenset(actions))
        return access

    def allows_everywhere(self, action: Action) -> bool:
        """Tell whether a grant on the whole instance allows *action*."""
        return action in self._whole

    def allows(self, action: Action, ring: RingId | None, key: KeyId | None) -> bool:
        """Tell whether any grant allows *action* on *ring* or *key*."""
        if action in self._whole:
            return True
        row = PERMISSIONS[action]
        if row.scope is Scope.INSTANCE:
            return False
        return any(_covers(grant, ring, key) for grant in self.grants if grant.role in row.roles)

    def visible(self, action: Action) -> Visible:
        """Return what *action* (a listing) may show.

        A grant on a single key lets its holder list, and shows nothing (AUT-2, AUT-4).

        Raises:
            Refused: ``UNAUTHORIZED`` without any grant that could allow it.
        """
        if action in self._whole:
            return Visible(None)
        mine = [grant for grant in self.grants if grant.role in PERMISSIONS[action].roles]
        if not mine:
            raise unauthorized()
        return Visible(frozenset(g.ring for g in mine if g.ring is not None and g.key is None))


def within(grants: Iterable[Grant], account: AccountId, instance: InstanceId) -> tuple[Grant, ...]:
    """Return those of *grants* that reach into *instance* of *account*."""
    return tuple(it for it in grants if it.account == account and it.instance in (None, instance))


def unauthorized() -> Refused:
    """Return the one refusal for every way in which a caller may not."""
    return Refused(Reason.UNAUTHORIZED, "The user does not have access to the specified resource")


def _covers(grant: Grant, ring: RingId | None, key: KeyId | None) -> bool:
    if grant.ring is not None and grant.ring != ring:
        return False
    return grant.key is None or grant.key == key
