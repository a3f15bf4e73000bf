"""On which roster a record is, and which rosters a change moves; see `storage.rosters`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import Addition, Change, Record
from keystead.domain.context_rules import ContextRule
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Identity, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId
from keystead.domain.policies import InstancePolicies
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage import records
from keystead.storage.owners import Owners
from keystead.storage.records import Kind

OWNERS: Final[Mapping[type[Addition | Record], tuple[Kind[Any], str]]] = {
    Identity: (records.IDENTITIES, "iam_id"),
    ApiKey: (records.API_KEYS, "id"),
    SigningKey: (records.SIGNING_KEYS, ""),
    Grant: (records.GRANTS, "subject"),
    Member: (records.MEMBERS, "iam_id"),
    CustomRole: (records.CUSTOM_ROLES, "account"),
    Zone: (records.ZONES, "account"),
    ContextRule: (records.CONTEXT_RULES, "account"),
    InstancePolicies: (records.POLICIES, "instance"),
}
"""The kinds that are on rosters, and the column that says on whose; without one the whole table is on one."""


class Place(NamedTuple):
    """One roster: of which table, and whose rows."""

    table: str
    owner: str


def roster_of(record: Addition | Record) -> Iterator[Place]:
    """Yield the roster that *record* is on, if it is of a kind that is on one."""
    if type(record) in OWNERS:
        kind, column = OWNERS[type(record)]
        yield Place(kind.table, getattr(record, column) if column else "")


def rules_of(account: AccountId) -> Place:
    """Return the roster of the account's context rules."""
    return Place(records.CONTEXT_RULES.table, account)


def grants_of(subject: IamId) -> Place:
    """Return the roster of the grants to *subject*."""
    return Place(records.GRANTS.table, subject)


def memberships_of(iam_id: IamId) -> Place:
    """Return the roster of the access groups that *iam_id* is in."""
    return Place(records.MEMBERS.table, iam_id)


def policies_of(instance: InstanceId) -> Place:
    """Return the roster of the instance's policies."""
    return Place(records.POLICIES.table, instance)


def moved_by(connection: Connection, change: Change, owners: Owners) -> Iterator[Place]:
    """Yield the rosters that *change* moves, with those of what goes with what it removes."""
    for added in change.added:
        yield from roster_of(added)
    for write in change.records:
        for record in (write.new, write.was):
            if record is not None:
                yield from roster_of(record)
        if write.new is None:
            yield from _going_with(connection, write.was, owners)


def _going_with(connection: Connection, gone: Record | None, owners: Owners) -> Iterator[Place]:
    if isinstance(gone, Identity):
        for key in owners.keys_of(connection, gone):
            yield from roster_of(key)
        yield from (memberships_of(gone.iam_id), grants_of(gone.iam_id))
    elif isinstance(gone, AccessGroup):
        yield grants_of(gone.id)
