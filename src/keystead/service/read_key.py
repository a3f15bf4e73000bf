"""Show one key: all of it, its metadata, its versions."""

from dataclasses import dataclass

from keystead.domain.keys import Key, KeyVersion
from keystead.service.case import Case, Tools
from keystead.service.record import key_facts
from keystead.service.shown import Shown, revealed, show


@dataclass(frozen=True, slots=True)
class ReadKey:
    """The key, and the material of a standard key that is not destroyed."""

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Let the unit open a standard key's material; a root key's never leaves it."""
        key = case.key
        _note(case, key)
        return show(case, key, await revealed(key, tools))


@dataclass(frozen=True, slots=True)
class ReadMetadata:
    """The key without any material."""

    async def run(self, case: Case, tools: Tools) -> Shown:  # noqa: ARG002 - every command has this shape
        """Show it."""
        _note(case, case.key)
        return show(case, case.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """Some versions of a key, newest first, and how many there are."""

    versions: tuple[KeyVersion, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersions:
    """The versions of a root key."""

    limit: int
    offset: int
    all_states: bool

    async def run(self, case: Case, tools: Tools) -> VersionPage:  # noqa: ARG002 - every command has this shape
        """Show a page of them; only an active key shows them without being asked for all states."""
        key = case.key
        key.require_versions(all_states=self.all_states)
        newest_first = key.versions[::-1]
        page = newest_first[self.offset : self.offset + self.limit]
        case.response["totalResources"] = len(page)
        return VersionPage(versions=page, total=len(newest_first))


def _note(case: Case, key: Key) -> None:
    case.request["keyType"] = "standard" if key.extractable else "root"
    case.response.update(key_facts(key))
