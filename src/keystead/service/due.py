"""What the service does by itself when the time for it has come.

Each command asks the key, as it stands, whether that is so: another process may have been faster. Then it is
`Refused`, and nothing is recorded, for nobody asked and nothing was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from keystead.domain.actions import Action
from keystead.domain.due import require_expiry_unrecorded, require_forgotten, require_rotation_wanted
from keystead.domain.lifecycle import expired, require_rotation_due, rotated
from keystead.domain.moments import moment
from keystead.domain.notices import NoticeKind
from keystead.domain.reclaiming import removed, require_reclaimed
from keystead.service.case import Case, Command, Tools
from keystead.service.lifecycle import purge
from keystead.service.material import Source, new_version
from keystead.service.notices import tell


@dataclass(frozen=True, slots=True)
class RecordExpiry:
    """Record that a key expired; it has been Deactivated to everybody since that very moment."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Record it, once."""
        key = case.key
        require_expiry_unrecorded(key)
        before = await tools.store.key(key.instance, key.id)  # `case.key` is Deactivated already
        case.request["keyType"] = "standard" if key.extractable else "root"
        if key.expires_at is not None:
            case.request["expirationDate"] = moment(key.expires_at)
        after = expired(key, case.now)
        case.response.update(
            keyId=key.id,
            initialValue={"keyState": int(before.state)},
            newValue={"keyState": int(after.state)},
        )
        case.change.save(after, was=key)


@dataclass(frozen=True, slots=True)
class RotateByPolicy:
    """Give a generated root key the new version that its policy wants."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Rotate it, unless somebody did within the last hour: then later."""
        key = case.key
        require_rotation_wanted(key, case.now)
        require_rotation_due(key, case.now, tools.windows)
        version = await new_version(Source(), key.id, extractable=False, case=case, tools=tools)
        after = rotated(key, version, case.now, tools.windows)
        case.change.save(after, was=key)
        await tell(NoticeKind.ROTATE, after, case, tools)


@dataclass(frozen=True, slots=True)
class PurgeForgotten:
    """Remove a key for good that was deleted long ago."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it."""
        require_forgotten(case.key, case.now, tools.windows.purge_at)
        await purge(case, tools)


@dataclass(frozen=True, slots=True)
class RemoveReclaimed:
    """Remove an instance for good whose time to be had back is over."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it."""
        was = await tools.store.instance(case.instance.id)
        if was is None:
            raise LookupError("an instance that was found is gone")
        require_reclaimed(was, case.now)
        case.change.put(removed(was, case.caller.iam_id, case.now), was=was)
        case.response["instanceState"] = "removed"


COMMANDS: Mapping[Action, Command[None]] = MappingProxyType(
    {
        Action.TIME_EXPIRE: RecordExpiry(),
        Action.TIME_ROTATE: RotateByPolicy(),
        Action.TIME_PURGE: PurgeForgotten(),
        Action.TIME_RECLAIM: RemoveReclaimed(),
    }
)
"""The command of each action of `keystead.domain.permissions.Scope.SERVICE` that is due to something."""
