"""Asking the log: which events are about a key, by somebody, of a kind, in a time.

Source: ``spec/iam-and-provisioning.md`` section 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import msgspec

from keystead.audit.layout import EVENTS
from keystead.audit.records import Record, blocks_backwards
from keystead.audit.tail import record_in

OLD_NAMES: Final = {
    "secrets.readmetadata": "secrets-metadata.read",
    "secrets.listkeyversions": "secrets-key-versions.list",
    "secrets.createalias": "secrets-alias.create",
    "secrets.deletealias": "secrets-alias.delete",
    "secrets.eventack": "secrets-event.ack",
    "instancepolicies.read": "instance-policies.read",
    "instancepolicies.write": "instance-policies.write",
    "importtoken.create": "import-token.create",
    "importtoken.read": "import-token.read",
    "keyrings.create": "key-rings.create",
    "keyrings.delete": "key-rings.delete",
    "keyrings.list": "key-rings.list",
    "governance.configread": "governance-config.read",
    "instance.readallowedipport": "instance-allowed-ip-port.read",
    "instance.readipwhitelistport": "instance-ip-allowlist-port.read",
}
"""Actions as they were called once; filters take them still (section 6.2)."""
_KEY: Final = ":key:"  # before a key's id in its CRN


@dataclass(frozen=True, slots=True)
class Event:
    """One event that was read and matches its own commitment; the log around it is not verified."""

    record: Record
    content: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The id of the key that it is about, or ``None``."""
        _, found, key = str(self.content["target"]["id"]).rpartition(_KEY)
        return key if found else None

    @property
    def time(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(self.content["eventTime"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What events must have; ``None`` stands for anything."""

    key: str | None = None  # id, in small letters
    caller: str | None = None  # IAM id, e-mail address, or whatever the log has as a name
    action: str | None = None  # with wildcards, with or without the service before it, or an old name
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # not itself

    def fits(self, event: Event) -> bool:
        """Tell whether *event* has all of it."""
        content, who = event.content, event.content["initiator"]
        return (
            self.key in (None, event.key)
            and (self.caller is None or self.caller in (who["id"], who["name"]))
            and (self.outcome in (None, content["outcome"]))
            and (self.action is None or _is_called(content["action"], self.action))
            and (self.since is None or event.time >= self.since)
            and (self.until is None or event.time < self.until)
        )


def newest_first(directory: Path, query: Query) -> Iterator[Event]:
    """Yield the events in *directory* that *query* asks for, the newest first.

    Raises:
        Tampered: an event on the way is damaged.
        OSError: the file cannot be read.
    """
    needle = (query.key or "").encode()  # spares reading most lines when one key is asked for
    with (directory / EVENTS).open("rb") as file:
        for block in blocks_backwards(file):
            for line in reversed(block.splitlines(keepends=True)):
                if needle in line and line.endswith(b"\n"):
                    record = record_in(line)
                    event = Event(record, msgspec.json.decode(record.event))
                    if query.fits(event):
                        yield event


def _is_called(action: str, wanted: str) -> bool:
    service, _, rest = action.partition(".")
    names = (wanted, OLD_NAMES.get(wanted.removeprefix(f"{service}."), wanted))
    return any(fnmatchcase(one, name) for name in names for one in (action, rest))
