"""Show one key: all of it, its metadata, its versions."""

from dataclasses import dataclass

from keystead.domain.keys import Key, KeyVersion
from keystead.service.case import Case, Tools
from keystead.service.pages import Page, cut
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
class ListVersions:
    """The versions of a root key."""

    limit: int
    offset: int
    all_states: bool

    async def run(self, case: Case, tools: Tools) -> Page[KeyVersion]:  # noqa: ARG002 - every command has this shape
        """Show a page of them; only an active key shows them without being asked for all states."""
        key = case.key
        key.require_versions(all_states=self.all_states)
        return cut(key.versions[::-1], self.limit, self.offset, case)


def _note(case: Case, key: Key) -> None:
    case.request["keyType"] = "standard" if key.extractable else "root"
    case.response.update(key_facts(key))
