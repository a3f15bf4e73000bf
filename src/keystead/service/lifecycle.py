"""Disable, enable, delete, restore and purge a key."""

from dataclasses import dataclass, replace

from keystead.domain import lifecycle
from keystead.domain.happenings import last_kind
from keystead.domain.keys import Key
from keystead.domain.kmip_rules import require_without_adapter
from keystead.domain.moments import moment
from keystead.domain.notices import NoticeKind
from keystead.service.case import Case, Tools
from keystead.service.notices import tell
from keystead.service.registrations import require_deletable
from keystead.service.shown import Shown, revealed, show


@dataclass(frozen=True, slots=True)
class Disable:
    """Suspend a root key."""

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Suspend it."""
        return await _save(NoticeKind.DISABLE, lifecycle.disabled(case.key, case.now), case, tools)


@dataclass(frozen=True, slots=True)
class Enable:
    """Make a suspended root key active again."""

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Activate it, if it was not suspended a moment ago."""
        after = lifecycle.enabled(case.key, case.now, tools.windows)
        return await _save(NoticeKind.ENABLE, after, case, tools)


@dataclass(frozen=True, slots=True)
class Sync:
    """Tell the services that are registered with a key of its state once more."""

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Tell them what happened last, if the last time is long enough ago."""
        after = lifecycle.synced(case.key, case.now, tools.windows)
        return await _save(last_kind(after), after, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Destroy a key; its material is kept for a while so that it can be restored."""

    force: bool = False  # although it protects resources
    told: bool = False  # whether the answer shows the key, and its ring with it

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Destroy it, unless resources stand in the way, or another person's approval is missing."""
        require_without_adapter(await tools.store.adapters(case.instance.id, case.key.id))
        require_deletable(await tools.store.registrations(case.instance.id, case.key.id), force=self.force)
        after = lifecycle.deleted(case.key, case.caller.person, case.now)
        case.response["keyState"] = int(after.state)
        if self.told:
            case.response["keyRingId"] = after.ring
        return await _save(NoticeKind.DELETE, after, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Bring a destroyed key back."""

    reveal: bool = False  # answer with a standard key's material

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Activate it, if the time for that has come and not gone."""
        case.response["keyVersionId"] = case.key.current.id
        after = lifecycle.restored(case.key, case.now, tools.windows)
        case.response["keyRingId"] = after.ring
        shown = await _save(NoticeKind.RESTORE, after, case, tools)
        return replace(shown, material=await revealed(shown.key, tools)) if self.reveal else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Remove a destroyed key for good."""

    told: bool = False  # as `Delete` has it

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Remove it, if the waiting time is over."""
        key = case.key
        lifecycle.require_purge_due(key, case.now, tools.windows)
        await purge(case, tools)
        if self.told:
            case.response["keyRingId"] = key.ring
        return show(case, key)


async def purge(case: Case, tools: Tools) -> None:
    """Have the key removed with all that belongs to it; its aliases go with its record."""
    case.response.update(
        deletionDate=moment(lifecycle.deletion_time(case.key)),
        purgeAllowedFrom=moment(lifecycle.purgeable_from(case.key, tools.windows)),
        purgeEligibleOn=moment(lifecycle.purged_at(case.key, tools.windows)),
    )
    for registration in await tools.store.registrations(case.instance.id, case.key.id):
        case.change.remove(registration)
    case.change.purge(case.key)


async def _save(kind: NoticeKind, after: Key, case: Case, tools: Tools) -> Shown:
    """Have *after* stored, and services told of it."""
    case.change.save(after, was=case.key)
    await tell(kind, after, case, tools)
    return show(case, after)
