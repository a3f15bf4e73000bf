"""Network zones and context rules as the commands ask for them."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from keystead.ibmcloud import places
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import Door, at, decoded, stored_login


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

    def delete(self, kind: str, name: str) -> None:
        """Delete one."""
        self._door.ask("DELETE", at(f"v1/{kind}", name))


def counted(counts: Iterable[tuple[int, str]], nothing: str) -> str:
    """Return how many there are of what, as IBM's plug-in shows it."""
    said = [f"{count} {what if count == 1 else _several(what)}" for count, what in counts if count]
    return ", ".join(said) or nothing


def _several(what: str) -> str:
    return f"{what}es" if what.endswith("s") else f"{what}s"
