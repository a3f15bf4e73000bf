"""What happened to a key, and which services are to be told.

Source: ``spec/iam-and-provisioning.md`` section 8.3.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from keystead.domain.crns import service_instance_of, service_of
from keystead.domain.keys import Key, KeyState, KeyVersion
from keystead.domain.notices import Notice, NoticeKind, VersionOf
from keystead.domain.registrations import Registration

MOST_RESOURCES: Final = 100
"""In one notice, so that a body and the audit event about it stay short; more resources are more notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What notices are made of: that *kind* made *key* what it is now."""

    kind: NoticeKind
    key: Key
    key_crn: str
    at: datetime
    until: datetime
    correlation_id: str

    def notices(
        self, registered: Iterable[Registration], heard: Collection[str], ids: Iterable[str]
    ) -> tuple[Notice, ...]:
        """Return what is to be told to the services named in *heard*, of those that have *registered*.

        Args:
            registered: all registrations of the key.
            heard: names of services that have a receiver.
            ids: fresh UUIDs.
        """
        told = sorted(it.crn for it in registered if service_of(it.crn) in heard)
        parts = [
            crns[at : at + MOST_RESOURCES]
            for _, group in groupby(told, key=service_instance_of)
            for crns in [tuple(group)]
            for at in range(0, len(crns), MOST_RESOURCES)
        ]
        return tuple(self._notice(fresh, crns) for fresh, crns in zip(ids, parts, strict=False))

    def _notice(self, fresh: str, resources: tuple[str, ...]) -> Notice:
        versions = self.key.versions
        rotated = self.kind is NoticeKind.ROTATE and len(versions) > 1
        return Notice(
            instance=self.key.instance,
            id=fresh,
            kind=self.kind,
            key=self.key.id,
            key_crn=self.key_crn,
            key_state=self.key.state,
            service=service_of(resources[0]),
            resources=resources,
            version=_named(versions[-2] if rotated else versions[-1]),
            new_version=_named(versions[-1]) if rotated else None,
            at=self.at,
            until=self.until,
            correlation_id=self.correlation_id,
            due_at=self.at,
        )


def last_kind(key: Key) -> NoticeKind:
    """Return what happened to *key* last, as far as it shows; for those who ask to be told once more."""
    if key.state is KeyState.DESTROYED:
        return NoticeKind.DELETE
    if key.state is KeyState.SUSPENDED:
        return NoticeKind.DISABLE
    return NoticeKind.ROTATE if key.rotated_at == key.acted_at else NoticeKind.ENABLE


def _named(version: KeyVersion) -> VersionOf:
    return VersionOf(id=version.id, created_at=version.created_at)
