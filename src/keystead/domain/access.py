"""Who is calling, what they were granted, and whether that allows an action."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from keystead.domain.actions import Action, Scope
from keystead.domain.attributes import RESOURCE, RING, TYPE, Attribute
from keystead.domain.errors import Refused
from keystead.domain.grants import Grant
from keystead.domain.ids import AccountId, IamId, KeyId, RingId
from keystead.domain.instances import Instance
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.reasons import Reason
from keystead.domain.roles import Customs, actions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Who speaks as somebody else."""

    iam_id: IamId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated subject."""

    iam_id: IamId
    name: str  # e-mail address of a user, ServiceId-<uuid> of a service id
    account: AccountId | None
    kind: Literal["user", "serviceid", "service", "profile", "external", "clientid", "anonymous"]
    credential: Literal["token", "apikey", "none"]
    until: datetime | None = field(default=None, compare=False)  # when the credential ends
    behind: Behind | None = None  # who assumed the profile, or which service asked to be a part of itself

    @property
    def person(self) -> IamId:
        """Who it is in the end: nobody is two people by assuming a profile."""
        return self.iam_id if self.behind is None else self.behind.iam_id

    @property
    def service_crn(self) -> str | None:
        """The CRN of the service that calls, where it is one (``sub_type`` CRN)."""
        return self.iam_id.removeprefix("crn-") if self.kind == "service" else None

    @property
    def is_part(self) -> bool:
        """Whether it is a service as a part of itself: nothing is its own, not even where one has its CRN."""
        return self.kind == "service" and self.behind is not None


ANONYMOUS = Caller(iam_id=IamId("anonymous"), name="", account=None, kind="anonymous", credential="none")


@dataclass(frozen=True, slots=True)
class Visible:
    """The part of an instance that a caller may list; ``rings`` is ``None`` for all of it.

    Rings that meet any of *matching* are open as well: who knows the rings says which (`among`).
    """

    rings: frozenset[RingId] | None
    matching: tuple[Attribute, ...] = ()

    def among(self, rings: Iterable[RingId]) -> "Visible":
        """Return the same without patterns, where there are no other rings than *rings*."""
        if self.rings is None:
            return self
        met = (ring for ring in rings if any(it.fits(ring) for it in self.matching))
        return Visible(self.rings.union(met))


@dataclass(frozen=True, slots=True)
class _Part:
    """Actions on what meets both conditions."""

    actions: frozenset[Action]
    ring: Attribute | None
    key: Attribute | None

    def covers(self, ring: RingId | None, key: KeyId | None) -> bool:
        if self.ring is not None and not self.ring.fits(ring):
            return False
        return self.key is None or self.key.fits(key)


@dataclass(frozen=True, slots=True)
class Access:
    """What the grants of one caller in one instance allow. Nothing is allowed by default.

    Args:
        grants: those that reach into the instance.
        customs: the roles that the instance's account made.
        service: of which service the instance is.
    """

    grants: tuple[Grant, ...]
    customs: Customs = field(default_factory=dict)
    service: str = "kms"
    _whole: frozenset[Action] = field(init=False)
    _parts: tuple[_Part, ...] = field(init=False)

    def __post_init__(self) -> None:
        parts = tuple(_part(grant, self.customs, self.service) for grant in self.grants)
        whole = (part.actions for part in parts if part.ring is None and part.key is None)
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "_whole", frozenset[Action]().union(*whole))

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
        if PERMISSIONS[action].scope is Scope.INSTANCE:
            return False
        return any(part.covers(ring, key) for part in self._parts if action in part.actions)

    def visible(self, action: Action) -> Visible:
        """Return what *action* (a listing) may show.

        A grant on a single key lets its holder list, and shows nothing (AUT-2, AUT-4).

        Raises:
            Refused: ``UNAUTHORIZED`` without any grant that could allow it.
        """
        if action in self._whole:
            return Visible(None)
        mine = [part for part in self._parts if action in part.actions]
        if not mine:
            raise unauthorized()
        rings = [part.ring for part in mine if part.ring is not None and part.key is None]
        return Visible(
            frozenset(RingId(it.value) for it in rings if it.is_exact),
            tuple(it for it in rings if not it.is_exact),
        )


def reaching(grants: Iterable[Grant], instance: Instance) -> tuple[Grant, ...]:
    """Return those of *grants* that reach into *instance*."""
    return tuple(it for it in grants if it.is_active and it.reaches(instance))


def unauthorized() -> Refused:
    """Return the one refusal for every way in which a caller may not."""
    return Refused(Reason.UNAUTHORIZED, "The user does not have access to the specified resource")


def require_service(caller: Caller) -> str:
    """Return the CRN of the calling service, or raise `Refused` with ``SERVICE_ONLY``."""
    if caller.service_crn is None:
        raise Refused(Reason.SERVICE_ONLY, "Only a service may do this")
    return caller.service_crn


def _part(grant: Grant, customs: Customs, service: str) -> _Part:
    return _Part(
        actions_of(grant.roles, customs, service),
        grant.condition(RING),
        grant.condition(RESOURCE) or grant.condition(TYPE),
    )
