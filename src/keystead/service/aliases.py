"""Give a key an alias, and take it away again. Source: ``spec/kms-api.md`` section 2.11."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keystead.domain.ids import IamId, KeyId
from keystead.domain.placing import alias_taken, require_room, with_alias, without_alias
from keystead.service.case import Case, Tools
from keystead.service.find_key import find_key


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlias:
    """An alias that somebody has just given a key."""

    key: KeyId
    alias: str
    created_at: datetime
    created_by: IamId


@dataclass(frozen=True, slots=True)
class CreateAlias:
    """One more alias of a key."""

    alias: str

    async def run(self, case: Case, tools: Tools) -> NewAlias:
        """Add it, if it is free, and if key and instance may have one more."""
        _note(case, self.alias)
        await require_free((self.alias,), case, tools)
        after = with_alias(case.key, self.alias, case.now)
        await require_places((self.alias,), case, tools)
        case.change.save(after, was=case.key)
        return NewAlias(key=after.id, alias=self.alias, created_at=case.now, created_by=case.caller.iam_id)


@dataclass(frozen=True, slots=True)
class DeleteAlias:
    """One alias less; another key may have it from then on."""

    alias: str

    async def run(self, case: Case, tools: Tools) -> None:  # noqa: ARG002 - every command has this shape
        """Remove it."""
        _note(case, self.alias)
        case.change.save(without_alias(case.key, self.alias, case.now), was=case.key)


async def require_free(aliases: Sequence[str], case: Case, tools: Tools) -> None:
    """Raise `Refused` with ``ALIAS_NOT_UNIQUE`` where a key has one of *aliases*; errors as `Keys.key`."""
    for alias in aliases:
        if await find_key(tools.store, case.instance.id, alias) is not None:
            raise alias_taken(alias)


async def require_places(aliases: Sequence[str], case: Case, tools: Tools) -> None:
    """Raise `Refused` with ``ALIAS_QUOTA`` where the instance has no place for *aliases*; `Unavailable`."""
    if aliases:
        require_room(await tools.store.count_aliases(case.instance.id), len(aliases))


def _note(case: Case, alias: str) -> None:
    case.response.update(keyId=case.key.id, alias=alias)
