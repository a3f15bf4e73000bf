"""Which cloud resources a key protects: everybody with a role lists them, services write their own.

Source: ``spec/kms-api.md`` section 2.14; ``spec/iam-and-provisioning.md`` section 8.2 (INT-3, INT-5).
"""

from dataclasses import dataclass, replace
from typing import Final, TypeVar

from keystead.domain.access import require_service
from keystead.domain.crns import CrnPattern, ResourceCrn
from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import KeyId, VersionId
from keystead.domain.keys import Key, KeyState, KeyVersion
from keystead.domain.reasons import Reason
from keystead.domain.registrations import Registration
from keystead.service.case import Case, Tools
from keystead.service.pages import Page, cut

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unset:
    """A field that a request leaves as it is."""


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRegistration:
    """A registration with what is shown of its key; ``metadata`` of it is for services only."""

    registration: Registration
    key: Key
    version: KeyVersion
    to_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRegistrations:
    """The registrations of the key that the request names, or of all keys that the caller may see."""

    pattern: CrnPattern | None
    prevent_key_deletion: bool | None
    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> Page[ShownRegistration]:
        """Find them, ordered by key and CRN."""
        one = case.known_key
        found = await tools.store.registrations(case.instance.id, one.id if one else None)
        fitting = [it for it in found if self._fits(it)]
        keys = {one.id: one} if one else await _visible_keys(fitting, case, tools)
        fitting = [it for it in fitting if it.key in keys]
        page = cut(fitting, self.limit, self.offset, case)
        return Page(tuple(_shown(it, keys[it.key], case) for it in page.items), page.total)

    def _fits(self, it: Registration) -> bool:
        if self.prevent_key_deletion not in (None, it.prevent_key_deletion):
            return False
        return self.pattern is None or self.pattern.matches(it.crn)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRegistration:
    """Register a resource of the calling service, or replace all or a part of what was said of it."""

    crn: ResourceCrn
    fresh: bool  # the resource must not be registered yet; otherwise it must be
    if_match: frozenset[str] | None  # entity tags, as `entity_tag` makes them
    version: VersionId | Unset
    prevent_key_deletion: bool | Unset
    description: str | Unset | None
    metadata: str | Unset | None

    async def run(self, case: Case, tools: Tools) -> ShownRegistration:
        """Write it; the key's revision moves along, so that no deletion passes by unseen."""
        _require_owner(self.crn, case)
        _require_active_root(case.key)
        was = (await _registered(case, tools)).get(self.crn.text)
        new = self._first(case) if was is None else self._next(was, case)
        case.change.put(new, was=was)
        case.change.save(replace(case.key, revision=case.key.revision + 1), was=case.key)
        return _shown(new, case.key, case)

    def _first(self, case: Case) -> Registration:
        if not self.fresh:
            raise _not_registered()
        return Registration(
            instance=case.instance.id,
            key=case.key.id,
            crn=self.crn.text,
            version=self._version(case.key, None),
            prevent_key_deletion=_given(self.prevent_key_deletion, default=False),
            description=_given(self.description, default=None),
            metadata=_given(self.metadata, default=None),
            created_at=case.now,
            created_by=case.caller.iam_id,
            updated_at=case.now,
            updated_by=case.caller.iam_id,
        )

    def _next(self, was: Registration, case: Case) -> Registration:
        if self.fresh:
            raise Refused(Reason.REGISTRATION_NOT_UNIQUE, "The resource is registered with this key already")
        if self.if_match is None or not self.if_match & {"*", entity_tag(was)}:
            raise Refused(Reason.PRECONDITION_FAILED, "If-Match does not name the registration as it is now")
        return replace(
            was,
            version=self._version(case.key, was),
            prevent_key_deletion=_given(self.prevent_key_deletion, default=was.prevent_key_deletion),
            description=_given(self.description, default=was.description),
            metadata=_given(self.metadata, default=was.metadata),
            updated_at=case.now,
            updated_by=case.caller.iam_id,
            revision=was.revision + 1,
        )

    def _version(self, key: Key, was: Registration | None) -> VersionId:
        """Return the version that the resource uses; it only moves forward."""
        ids = [version.id for version in key.versions]
        if isinstance(self.version, Unset):
            return was.version if was is not None else key.current.id
        if self.version not in ids:
            raise bad_field("keyVersionId", "the id of a version of the key")
        if was is not None and was.version in ids and ids.index(self.version) < ids.index(was.version):
            raise Refused(Reason.KEY_VERSION_INVALID, "The key version is older than the registered one")
        return self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Deregister:
    """Take resources of the calling service off the key."""

    crns: tuple[ResourceCrn, ...]

    async def run(self, case: Case, tools: Tools) -> tuple[ShownRegistration, ...]:
        """Remove them, all or none."""
        gone, registered = [], await _registered(case, tools)
        for crn in self.crns:
            _require_owner(crn, case)
            was = registered.get(crn.text)
            if was is None:
                raise _not_registered()
            case.change.remove(was)
            gone.append(_shown(was, case.key, case))
        return tuple(gone)


def entity_tag(registration: Registration) -> str:
    """Return what names a registration as it is now, for ``ETag`` and ``If-Match``: the digits alone."""
    return f"{int(registration.updated_at.timestamp()):x}-{registration.revision:x}"


def require_deletable(registrations: tuple[Registration, ...], *, force: bool) -> None:
    """Raise `Refused` where resources stand in the way of their key's deletion (INT-4)."""
    if any(it.prevent_key_deletion for it in registrations):
        raise Refused(
            Reason.PREVENTED_BY_REGISTRATION,
            "Key is protecting one or more cloud resources that have a retention policy",
        )
    if registrations and not force:
        raise Refused(Reason.PROTECTED_RESOURCE, "Key is protecting one or more cloud resources")


def _require_owner(crn: ResourceCrn, case: Case) -> None:
    if not crn.belongs_to(require_service(case.caller)):
        raise Refused(Reason.RESOURCE_OWNER, "The resource belongs to another service")


def _require_active_root(key: Key) -> None:
    if key.extractable:
        raise Refused(Reason.KEY_ROOT_REGISTRATION, "Only a root key can protect a resource")
    if key.state is not KeyState.ACTIVE:
        raise Refused(Reason.KEY_STATE_REGISTRATION, "Key is not in a valid state")


async def _registered(case: Case, tools: Tools) -> dict[str, Registration]:
    """Return the registrations of the key by CRN."""
    return {it.crn: it for it in await tools.store.registrations(case.instance.id, case.key.id)}


async def _visible_keys(found: list[Registration], case: Case, tools: Tools) -> dict[KeyId, Key]:
    rings = case.visible.rings if case.visible is not None else frozenset()
    # One that was purged since is not there, and its registrations went with it.
    there = await tools.store.some_keys(case.instance.id, {it.key for it in found})
    return {
        key.id: key for key in there if (rings is None or key.ring in rings) and case.ring in (None, key.ring)
    }


def _shown(it: Registration, key: Key, case: Case) -> ShownRegistration:
    version = next((version for version in key.versions if version.id == it.version), key.current)
    to_service = case.caller.service_crn is not None and ResourceCrn(it.crn).belongs_to(
        case.caller.service_crn
    )
    return ShownRegistration(registration=it, key=key, version=version, to_service=to_service)


def _not_registered() -> Refused:
    return Refused(Reason.REGISTRATION_NOT_FOUND, "The resource is not registered with this key")


def _given(value: T | Unset, *, default: T) -> T:
    return default if isinstance(value, Unset) else value
