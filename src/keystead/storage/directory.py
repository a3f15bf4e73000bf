"""Who there is and what they may do, read in the transaction of the caller.

What decides something is compared with its roster; a list for people's eyes is not, and may show a row that
was put back. What one question reads is checked together, against the moment before its first statement: that
one opens the snapshot, and what others see later may be newer.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, RowMapping, Select, bindparam, select

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.context_rules import ContextRule
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity, Passcode, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId
from keystead.domain.instances import Instance
from keystead.domain.policies import InstancePolicies
from keystead.domain.ports.unit import Binder
from keystead.domain.restrictions import Perimeter
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage import records, schema
from keystead.storage.answers import held
from keystead.storage.roster_places import Place, grants_of, memberships_of, policies_of, rules_of
from keystead.storage.rosters import Rosters
from keystead.storage.rows import Rows, by

_ACCOUNTS: Final = 1000  # whose rules and zones are kept for all their instances

_POLICIES: Final = by(records.POLICIES, "instance")
_API_KEY: Final = by(records.API_KEYS, "digest")
_IDENTITY: Final = by(records.IDENTITIES, "iam_id")
_API_KEY_OF_ID: Final = by(records.API_KEYS, "id")
_API_KEYS: Final = by(records.API_KEYS, "account").order_by(schema.API_KEYS.c.id)
_IDENTITIES: Final = by(records.IDENTITIES, "account").order_by(schema.IDENTITIES.c.iam_id)
_GRANTS: Final = (
    select(schema.GRANTS)
    .where(schema.GRANTS.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(schema.GRANTS.c.id)
)
_ALL_GRANTS: Final = by(records.GRANTS, "account").order_by(schema.GRANTS.c.id)
_CUSTOM_ROLES: Final = by(records.CUSTOM_ROLES, "account").order_by(schema.CUSTOM_ROLES.c.id)
_ACCESS_GROUPS: Final = by(records.ACCESS_GROUPS, "account").order_by(schema.ACCESS_GROUPS.c.id)
_MEMBERS: Final = by(records.MEMBERS, "group_id").order_by(schema.MEMBERS.c.iam_id)
_MEMBERSHIPS: Final = by(records.MEMBERS, "iam_id").order_by(schema.MEMBERS.c.group_id)
_ZONES: Final = by(records.ZONES, "account").order_by(schema.ZONES.c.id)
_CONTEXT_RULES: Final = by(records.CONTEXT_RULES, "account").order_by(schema.CONTEXT_RULES.c.id)
_SIGNING_KEYS: Final = by(records.SIGNING_KEYS)
_PASSCODE: Final = by(records.PASSCODES, "digest")
_PASSCODE_OF: Final = by(records.PASSCODES, "iam_id")

T = TypeVar("T")
_Rows = Sequence[RowMapping]


class Directory(Rows):
    """Reads the directory; every method raises `Tampered` for a record that is not what was written."""

    def __init__(self, binder: Binder, rosters: Rosters) -> None:
        super().__init__(binder)
        self._rosters = rosters
        self._lock = threading.Lock()  # several threads read
        self._contexts: dict[AccountId, tuple[tuple[ContextRule, ...], tuple[Zone, ...]]] = {}

    def policies(self, connection: Connection, instance: InstanceId) -> InstancePolicies:
        """Return the instance's policies; an empty record where none was ever set."""
        since = self._rosters.moment()
        rows = _rows(connection, _POLICIES, instance=instance)
        policies = self._policies(instance, rows)
        self._check(connection, since, {policies_of(instance): rows})
        return policies

    def perimeter(self, connection: Connection, instance: Instance) -> Perimeter:
        """Return all that says from where *instance* may be asked; zones only where a rule may name one."""
        since, account = self._rosters.moment(), instance.account
        policies = _rows(connection, _POLICIES, instance=instance.id)
        rules = _rows(connection, _CONTEXT_RULES, account=account)
        found = {policies_of(instance.id): policies, rules_of(account): rules}
        zones = _rows(connection, _ZONES, account=account) if rules else []
        if rules:
            found[Place(records.ZONES.table, account)] = zones
        mine = self._policies(instance.id, policies)
        shared = self._shared(account, rules, zones) if rules else ((), ())
        self._check(connection, since, found)
        return Perimeter(mine if mine.revision else None, *shared)

    def zones(self, connection: Connection, account: AccountId) -> tuple[Zone, ...]:
        """Return the network zones of *account*, ordered by id."""
        return self.all(connection, records.ZONES, _ZONES, {"account": account})

    def context_rules(self, connection: Connection, account: AccountId) -> tuple[ContextRule, ...]:
        """Return the context rules of *account*, ordered by id."""
        return self.all(connection, records.CONTEXT_RULES, _CONTEXT_RULES, {"account": account})

    def api_key(self, connection: Connection, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""
        return self._single(connection, records.API_KEYS, _API_KEY, digest=digest)

    def identity(self, connection: Connection, iam_id: IamId) -> Identity | None:
        """Return whoever is called so."""
        return self._single(connection, records.IDENTITIES, _IDENTITY, iam_id=iam_id)

    def holder(self, connection: Connection, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id."""
        since = self._rosters.moment()  # one for both: the second statement sees what the first one saw
        who = _rows(connection, _IDENTITY, iam_id=iam_id)
        keys = [] if api_key is None else _rows(connection, _API_KEY_OF_ID, id=api_key)
        identity, key = self._first(records.IDENTITIES, who), self._first(records.API_KEYS, keys)
        self._check(connection, since, _alone(records.IDENTITIES, who) | _alone(records.API_KEYS, keys))
        return held(identity, key, api_key)

    def api_keys(self, connection: Connection, account: AccountId) -> tuple[ApiKey, ...]:
        """Return the API keys of *account*, and read none of any other: some have many."""
        return self.all(connection, records.API_KEYS, _API_KEYS, {"account": account})

    def identities(self, connection: Connection, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*; as `api_keys`."""
        return self.all(connection, records.IDENTITIES, _IDENTITIES, {"account": account})

    def grants(self, connection: Connection, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant in force of *subject* and of the groups that it is in, ordered by id."""
        since = self._rosters.moment()
        mine = _rows(connection, _MEMBERSHIPS, iam_id=subject)
        subjects = [subject, *(member.group for member in self.values(records.MEMBERS, mine))]
        every = _rows(connection, _GRANTS, subjects=subjects)
        found: dict[Place, _Rows] = {memberships_of(subject): mine}
        for one in subjects:
            found[grants_of(one)] = [row for row in every if row["subject"] == one]
        grants = self.values(records.GRANTS, every)
        self._check(connection, since, found)
        return tuple(grant for grant in grants if grant.is_active)

    def access_groups(self, connection: Connection, account: AccountId) -> tuple[AccessGroup, ...]:
        """Return the access groups of *account*, ordered by id."""
        return self.all(connection, records.ACCESS_GROUPS, _ACCESS_GROUPS, {"account": account})

    def members(self, connection: Connection, group: IamId) -> tuple[Member, ...]:
        """Return who is in *group*, ordered by IAM id."""
        return self.all(connection, records.MEMBERS, _MEMBERS, {"group_id": group})

    def memberships(self, connection: Connection, iam_id: IamId) -> tuple[Member, ...]:
        """Return the memberships of *iam_id*, ordered by the group's id."""
        return self.all(connection, records.MEMBERS, _MEMBERSHIPS, {"iam_id": iam_id})

    def account_grants(self, connection: Connection, account: AccountId) -> tuple[Grant, ...]:
        """Return the grants in *account*; as `api_keys`."""
        return self.all(connection, records.GRANTS, _ALL_GRANTS, {"account": account})

    def custom_roles(self, connection: Connection, account: AccountId) -> tuple[CustomRole, ...]:
        """Return the roles that *account* made; as `api_keys`."""
        return self._whole(connection, records.CUSTOM_ROLES, account, _CUSTOM_ROLES, account=account)

    def passcode(self, connection: Connection, digest: bytes) -> Passcode | None:
        """Return the code with this keyed hash."""
        return self.one(connection, records.PASSCODES, _PASSCODE, {"digest": digest})

    def passcode_of(self, connection: Connection, iam_id: IamId) -> Passcode | None:
        """Return the code of this user."""
        return self.one(connection, records.PASSCODES, _PASSCODE_OF, {"iam_id": iam_id})

    def signing_keys(self, connection: Connection) -> tuple[SigningKey, ...]:
        """Return the keys that sign tokens, newest last."""
        found = self._whole(connection, records.SIGNING_KEYS, "", _SIGNING_KEYS)
        return tuple(sorted(found, key=lambda key: (key.created_at, key.id)))

    def _whole(
        self, connection: Connection, kind: records.Kind[T], owner: str, statement: Select[Any], **at: object
    ) -> tuple[T, ...]:
        """Return what the rows of *statement* store, which are all on the roster of *owner*."""
        since = self._rosters.moment()
        rows = _rows(connection, statement, **at)
        values = self.values(kind, rows)
        self._check(connection, since, {Place(kind.table, owner): rows})
        return values

    def _single(
        self, connection: Connection, kind: records.Kind[T], statement: Select[Any], **at: object
    ) -> T | None:
        """Return what the one row of *statement* stores, which is on a roster of its own."""
        since = self._rosters.moment()
        rows = _rows(connection, statement, **at)
        value = self._first(kind, rows)
        self._check(connection, since, _alone(kind, rows))
        return value

    def _first(self, kind: records.Kind[T], rows: _Rows) -> T | None:
        return kind.value(self._binder, rows[0]) if rows else None

    def _check(self, connection: Connection, since: int, found: Mapping[Place, _Rows]) -> None:
        macs = {place: [row["mac"] for row in rows] for place, rows in found.items()}
        self._rosters.check(connection, macs, since)

    def _policies(self, instance: InstanceId, rows: _Rows) -> InstancePolicies:
        found = self._first(records.POLICIES, rows)
        return InstancePolicies(instance=instance, revision=0) if found is None else found

    def _shared(
        self, account: AccountId, rule_rows: _Rows, zone_rows: _Rows
    ) -> tuple[tuple[ContextRule, ...], tuple[Zone, ...]]:
        """Return them as the very objects that other instances of the account have, if they are the same."""
        rules = self.values(records.CONTEXT_RULES, rule_rows)
        zones = self.values(records.ZONES, zone_rows)
        with self._lock:
            known = self._contexts.get(account)
            if known == (rules, zones):
                return known
            if len(self._contexts) >= _ACCOUNTS:
                self._contexts.clear()
            self._contexts[account] = rules, zones
            return rules, zones


def _alone(kind: records.Kind[Any], rows: _Rows) -> dict[Place, _Rows]:
    """Return *rows*, each of which is on a roster of its own, by that."""
    return {Place(kind.table, row[kind.place[0]]): [row] for row in rows}


def _rows(connection: Connection, statement: Select[Any], **at: object) -> _Rows:
    return connection.execute(statement, at).mappings().all()
