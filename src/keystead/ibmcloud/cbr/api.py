"""Network zones and context rules as the commands ask for them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from keystead.ibmcloud import places
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import Door, at, decoded, stored_login
from keystead.ibmcloud.words import Line, WrongUsage

_TARGETS: Final = "/v1/zones/serviceref_targets"
_REPLACED: Final = {
    "zones": ("name", "account_id", "description", "addresses", "excluded"),
    "rules": ("description", "contexts", "resources", "operations", "enforcement_mode"),
}
"""What of each is the person's to say; the rest is the server's."""


class Contexts:
    """The zones and rules of the account of the login."""

    def __init__(self, door: Door, account: str) -> None:
        self._door = door
        self.account = account

    @classmethod
    def open(cls, call: Call) -> Self:
        """Connect; `BadInput` without a login."""
        stored, transport, login = stored_login(call)
        account: Any = stored.get("Account") or {}
        door = Door(transport, places.contexts(call.environment, stored), login)
        return cls(door, str(account.get("GUID")))

    def listed(self, kind: str, wanted: Mapping[str, str | None]) -> list[Resource]:
        """Return every zone or rule that has all of *wanted*; ``None`` was not asked."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        answer = self._door.ask("GET", f"/v1/{kind}", {"account_id": self.account, **asked})
        return list(decoded(answer, Resource).get(kind) or [])

    def read(self, kind: str, name: str) -> Resource:
        """Return one."""
        return self._door.one("GET", at(f"v1/{kind}", name))

    def create(self, kind: str, body: object) -> Resource:
        """Make one."""
        return self._door.one("POST", f"/v1/{kind}", body)

    def replace(self, kind: str, name: str, body: object) -> Resource:
        """Put *body* in place of what it says now."""
        tag = self._door.ask("GET", at(f"v1/{kind}", name)).headers.get("etag") or "*"
        return self._door.one("PUT", at(f"v1/{kind}", name), body, {"if-match": tag})

    def patch(self, kind: str, name: str, changes: Mapping[str, str | None]) -> Resource:
        """Change what *changes* names and nothing else, unless somebody else is faster; ``None`` stays.

        The API has no such call: the whole is replaced, in the state that was read.
        """
        answer = self._door.ask("GET", at(f"v1/{kind}", name))
        was = decoded(answer, Resource)
        body = {member: was[member] for member in _REPLACED[kind] if member in was}
        body |= {member: value for member, value in changes.items() if value is not None}
        tag = answer.headers.get("etag") or "*"
        return self._door.one("PUT", at(f"v1/{kind}", name), body, {"if-match": tag})

    def api_types(self, wanted: Mapping[str, str | None]) -> list[Resource]:
        """Return the API types that a rule about a service may name; ``None`` was not asked."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        return list(decoded(self._door.ask("GET", "/v1/operations", asked), Resource).get("api_types") or [])

    def targets(self, kind: str | None) -> list[Resource]:
        """Return the services that a zone can refer to."""
        asked = {} if kind is None else {"type": kind}
        return list(decoded(self._door.ask("GET", _TARGETS, asked), Resource).get("targets") or [])

    def target(self, service: str) -> Resource:
        """Return one of them."""
        return self._door.one("GET", at(_TARGETS[1:], service))

    def delete(self, kind: str, name: str) -> None:
        """Delete one."""
        self._door.ask("DELETE", at(f"v1/{kind}", name))


def changes_of(line: Line, *options: str) -> dict[str, str | None]:
    """Return what is to be changed, as the API calls it; `WrongUsage` where nothing is."""
    found = {option.replace("-", "_"): line.text(option) for option in options}
    if not any(value is not None for value in found.values()):
        named = " or ".join(f"'--{option}'" for option in options)
        raise WrongUsage(f"Name {named}.")
    return found


def counted(counts: Iterable[tuple[int, str]], nothing: str) -> str:
    """Return how many there are of what, as IBM's plug-in shows it."""
    said = [f"{count} {what if count == 1 else _several(what)}" for count, what in counts if count]
    return ", ".join(said) or nothing


def _several(what: str) -> str:
    return f"{what}es" if what.endswith("s") else f"{what}s"
