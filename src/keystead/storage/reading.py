"""How records are read and checked, in the transaction of the caller; the same for every database."""

import threading
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, func, select

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.allowances import Booked
from keystead.domain.context_rules import ContextRule
from keystead.domain.due import DueKey, DueQuery
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity, Passcode, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.listing import KeyDate, KeyQuery
from keystead.domain.policies import InstancePolicies
from keystead.domain.ports import Binder
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.restrictions import Perimeter
from keystead.domain.rings import Ring
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage import records, schema
from keystead.storage.answers import held
from keystead.storage.due import found_due
from keystead.storage.listing import page, total
from keystead.storage.paging import Pages, are_counted
from keystead.storage.records import Kind, tampered
from keystead.storage.shares import Shares
from keystead.storage.sharing import sharing
from keystead.storage.tallies import Tallies, shard_of

T = TypeVar("T")

_ALIAS = select(schema.ALIASES.c.key).where(
    schema.ALIASES.c.instance == bindparam("instance"), schema.ALIASES.c.alias == bindparam("alias")
)


def _by(kind: Kind[Any], *columns: str) -> Select[Any]:
    table = schema.METADATA.tables[kind.table]
    return select(table).where(*(table.c[name] == bindparam(name) for name in columns))


_KEY = _by(records.KEYS, "instance", "id")
_SOME_KEYS = (
    select(schema.KEYS)
    .where(
        schema.KEYS.c.instance == bindparam("instance"),
        schema.KEYS.c.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(schema.KEYS.c.id)
)
_AT_ONCE = 500  # ids in one statement
_ACCOUNTS = 1000  # whose rules and zones are kept for all their instances
_TOKEN = _by(records.TOKENS, "instance")
_INSTANCE = _by(records.INSTANCES, "id")
_INSTANCES = _by(records.INSTANCES).order_by(schema.INSTANCES.c.id)
_RING = _by(records.RINGS, "instance", "id")
_RINGS = _by(records.RINGS, "instance").order_by(schema.RINGS.c.id)
_ALIASES = select(func.count()).where(schema.ALIASES.c.instance == bindparam("instance"))
_POLICIES = _by(records.POLICIES, "instance")
_order = (schema.REGISTRATIONS.c.key, schema.REGISTRATIONS.c.crn)
_REGISTRATIONS = _by(records.REGISTRATIONS, "instance").order_by(*_order)
_REGISTRATIONS_OF_KEY = _by(records.REGISTRATIONS, "instance", "key").order_by(*_order)
_API_KEY = _by(records.API_KEYS, "digest")
_IDENTITY = _by(records.IDENTITIES, "iam_id")
_API_KEY_OF_ID = _by(records.API_KEYS, "id")
_API_KEYS = _by(records.API_KEYS, "account").order_by(schema.API_KEYS.c.id)
_IDENTITIES = _by(records.IDENTITIES, "account").order_by(schema.IDENTITIES.c.iam_id)
_GRANTS = (
    select(schema.GRANTS)
    .where(schema.GRANTS.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(schema.GRANTS.c.id)
)
_ALL_GRANTS = _by(records.GRANTS, "account").order_by(schema.GRANTS.c.id)
_CUSTOM_ROLES = _by(records.CUSTOM_ROLES, "account").order_by(schema.CUSTOM_ROLES.c.id)
_ACCESS_GROUPS = _by(records.ACCESS_GROUPS, "account").order_by(schema.ACCESS_GROUPS.c.id)
_MEMBERS = _by(records.MEMBERS, "group_id").order_by(schema.MEMBERS.c.iam_id)
_MEMBERSHIPS = _by(records.MEMBERS, "iam_id").order_by(schema.MEMBERS.c.group_id)
_BOOKED = _by(records.BOOKED, "instance", "subject")
_GROUPS = _by(records.RESOURCE_GROUPS).order_by(schema.RESOURCE_GROUPS.c.id)
_ZONES = _by(records.ZONES, "account").order_by(schema.ZONES.c.id)
_CONTEXT_RULES = _by(records.CONTEXT_RULES, "account").order_by(schema.CONTEXT_RULES.c.id)
_SIGNING_KEYS = _by(records.SIGNING_KEYS)
_PASSCODE = _by(records.PASSCODES, "digest")
_PASSCODE_OF = _by(records.PASSCODES, "iam_id")
_PENDING = _by(records.OUTBOX, "origin")


class Reading:
    """Reads records; every method raises `Tampered` for one that is not what was written."""

    def __init__(self, binder: Binder, tallies: Tallies) -> None:
        self._binder = binder
        self._tallies = tallies
        self._shares = Shares()
        self._lock = threading.Lock()  # several threads read
        self._seen_removed: set[InstanceId] = set()
        self._seen_policies: dict[InstanceId, int] = {}  # newest revision; there are few instances
        self._contexts: dict[AccountId, tuple[tuple[ContextRule, ...], tuple[Zone, ...]]] = {}

    def key(self, connection: Connection, instance: InstanceId, key: KeyId) -> Key | None:
        """Return the key as it was last written, or nothing where that is certain."""
        found = self._key(connection, instance, key, self._tallies.moment())
        return None if found is None else sharing(found, key)

    def key_by_alias(self, connection: Connection, instance: InstanceId, alias: str) -> Key | None:
        """Return the key that has *alias* and says so itself."""
        since = self._tallies.moment()
        owner = connection.execute(_ALIAS, {"instance": instance, "alias": alias}).scalar()
        if owner is None:
            return None
        key = self._key(connection, instance, owner, since)
        if key is None or alias not in key.aliases:
            raise tampered("aliases", instance, alias)
        return key

    def page(self, connection: Connection, query: KeyQuery) -> tuple[tuple[Key, ...], KeyDate | None]:
        """Return one page, and the date whose runs should be made even.

        Its rows are genuine, though a listing does not show that none was put back.
        """
        pages = self._pages(connection, query)
        if pages is None:
            return self.all(connection, records.KEYS, page(query), {}), None
        ids = pages.ids()
        if ids is None:
            asked = page(query, in_few_rings=pages.in_few_rings)
            return self.all(connection, records.KEYS, asked, {}), pages.uneven
        found = {key.id: key for key in self.some_keys(connection, query.instance, ids)}
        return tuple(found[key] for key in ids), pages.uneven

    def some_keys(
        self, connection: Connection, instance: InstanceId, ids: Collection[KeyId]
    ) -> tuple[Key, ...]:
        """Return those of *ids* that there are, ordered by id; as `keys`."""
        wanted = sorted(ids)
        found: list[Key] = []
        for at in range(0, len(wanted), _AT_ONCE):
            place = {"instance": instance, "ids": wanted[at : at + _AT_ONCE]}
            found += self.all(connection, records.KEYS, _SOME_KEYS, place)
        return tuple(found)

    def count(self, connection: Connection, query: KeyQuery, most: int | None) -> tuple[int, KeyDate | None]:
        """Count what *query* selects, up to *most*; and the date, as `page`."""
        pages = self._pages(connection, query)
        found = None if pages is None else pages.total(most)
        uneven = None if pages is None else pages.uneven
        if found is None:
            found = connection.execute(total(query, most)).scalar_one()
        return found, uneven

    def _pages(self, connection: Connection, query: KeyQuery) -> Pages | None:
        return Pages(connection, query, self._shares) if are_counted(connection, query) else None

    def due(self, connection: Connection, query: DueQuery) -> tuple[DueKey, ...]:
        """Return where *query* finds keys; only their own records say whether that is so."""
        return found_due(connection, query)

    def import_token(self, connection: Connection, instance: InstanceId) -> ImportToken | None:
        """Return the instance's import token."""
        return self.one(connection, records.TOKENS, _TOKEN, {"instance": instance})

    def instance(self, connection: Connection, instance: InstanceId) -> Instance | None:
        """Return the instance; what a process has seen removed once does not come back."""
        gone = {instance} & self._seen_removed  # before the statement: a later one may be newer
        found = self.one(connection, records.INSTANCES, _INSTANCE, {"id": instance})
        self._require_still_removed(gone, () if found is None else (found,))
        return found

    def instances(self, connection: Connection) -> tuple[Instance, ...]:
        """Return all instances, ordered by id; as `instance`."""
        gone = set(self._seen_removed)
        found = self.all(connection, records.INSTANCES, _INSTANCES, {})
        self._require_still_removed(gone, found)
        return found

    def _require_still_removed(self, gone: set[InstanceId], found: Iterable[Instance]) -> None:
        removed = {it.id for it in found if it.state == "removed"}
        for instance in sorted(gone - removed):
            raise tampered("instances", instance)
        self._seen_removed.update(removed)  # one step: other threads look before or after it

    def ring(self, connection: Connection, instance: InstanceId, ring: RingId) -> bool:
        """Tell whether the ring exists."""
        place = {"instance": instance, "id": ring}
        return self.one(connection, records.RINGS, _RING, place) is not None

    def rings(self, connection: Connection, instance: InstanceId) -> tuple[Ring, ...]:
        """Return the rings that were made, ordered by id."""
        return self.all(connection, records.RINGS, _RINGS, {"instance": instance})

    def count_aliases(self, connection: Connection, instance: InstanceId) -> int:
        """Count the aliases of all keys."""
        return connection.execute(_ALIASES, {"instance": instance}).scalar_one()

    def policies(self, connection: Connection, instance: InstanceId) -> InstancePolicies:
        """Return the instance's policies; an empty record where none was ever set.

        No tally holds them, but what a process has seen once is never older or gone afterwards.
        """
        floor = self._seen_policies.get(instance, 0)  # before the statement: a later one may be newer
        found = self.one(connection, records.POLICIES, _POLICIES, {"instance": instance})
        revision = 0 if found is None else found.revision
        if revision < floor:
            raise tampered("instance_policies", instance)
        with self._lock:
            self._seen_policies[instance] = max(revision, self._seen_policies.get(instance, 0))
        return InstancePolicies(instance=instance, revision=0) if found is None else found

    def registrations(
        self, connection: Connection, instance: InstanceId, key: KeyId | None
    ) -> tuple[Registration, ...]:
        """Return the registrations of *key*, or of all keys."""
        place = {"instance": instance, "key": key}
        if key is None:
            return self.all(connection, records.REGISTRATIONS, _REGISTRATIONS, {"instance": instance})
        return self.all(connection, records.REGISTRATIONS, _REGISTRATIONS_OF_KEY, place)

    def api_key(self, connection: Connection, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""
        return self.one(connection, records.API_KEYS, _API_KEY, {"digest": digest})

    def identity(self, connection: Connection, iam_id: IamId) -> Identity | None:
        """Return whoever is called so."""
        return self.one(connection, records.IDENTITIES, _IDENTITY, {"iam_id": iam_id})

    def api_keys(self, connection: Connection, account: AccountId) -> tuple[ApiKey, ...]:
        """Return the API keys of *account*, and read none of any other: some have many."""
        return self.all(connection, records.API_KEYS, _API_KEYS, {"account": account})

    def identities(self, connection: Connection, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*; as `api_keys`."""
        return self.all(connection, records.IDENTITIES, _IDENTITIES, {"account": account})

    def holder(self, connection: Connection, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id."""
        key = None
        if api_key is not None:
            key = self.one(connection, records.API_KEYS, _API_KEY_OF_ID, {"id": api_key})
        return held(self.identity(connection, iam_id), key, api_key)

    def grants(self, connection: Connection, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant in force of *subject* and of the groups that it is in, ordered by id."""
        groups = [it.group for it in self.memberships(connection, subject)]
        every = self.all(connection, records.GRANTS, _GRANTS, {"subjects": [subject, *groups]})
        return tuple(grant for grant in every if grant.is_active)

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
        return self.all(connection, records.CUSTOM_ROLES, _CUSTOM_ROLES, {"account": account})

    def booked(self, connection: Connection, instance: InstanceId, subject: IamId) -> Booked | None:
        """Return the unwraps of *subject* in *instance*, where any were ever booked."""
        place = {"instance": instance, "subject": subject}
        return self.one(connection, records.BOOKED, _BOOKED, place)

    def resource_groups(self, connection: Connection, account: AccountId) -> tuple[ResourceGroup, ...]:
        """Return the resource groups that *account* made; there are few enough to look at all."""
        every = self.all(connection, records.RESOURCE_GROUPS, _GROUPS, {})
        return tuple(group for group in every if group.account == account)

    def zones(self, connection: Connection, account: AccountId) -> tuple[Zone, ...]:
        """Return the network zones of *account*, ordered by id."""
        return self.all(connection, records.ZONES, _ZONES, {"account": account})

    def context_rules(self, connection: Connection, account: AccountId) -> tuple[ContextRule, ...]:
        """Return the context rules of *account*, ordered by id."""
        return self.all(connection, records.CONTEXT_RULES, _CONTEXT_RULES, {"account": account})

    def perimeter(self, connection: Connection, instance: Instance) -> Perimeter:
        """Return all that says from where *instance* may be asked; zones only where a rule may name one."""
        policies = self.policies(connection, instance.id)
        rules = self.context_rules(connection, instance.account)
        zones = self.zones(connection, instance.account) if rules else ()
        shared = self._shared(instance.account, rules, zones) if rules else ((), ())
        return Perimeter(policies if policies.revision else None, *shared)

    def _shared(
        self, account: AccountId, rules: tuple[ContextRule, ...], zones: tuple[Zone, ...]
    ) -> tuple[tuple[ContextRule, ...], tuple[Zone, ...]]:
        """Return the same as the very objects that other instances of the account have, if that is so."""
        with self._lock:
            known = self._contexts.get(account)
            if known == (rules, zones):
                return known
            if len(self._contexts) >= _ACCOUNTS:
                self._contexts.clear()
            self._contexts[account] = rules, zones
            return rules, zones

    def passcode(self, connection: Connection, digest: bytes) -> Passcode | None:
        """Return the code with this keyed hash."""
        return self.one(connection, records.PASSCODES, _PASSCODE, {"digest": digest})

    def passcode_of(self, connection: Connection, iam_id: IamId) -> Passcode | None:
        """Return the code of this user."""
        return self.one(connection, records.PASSCODES, _PASSCODE_OF, {"iam_id": iam_id})

    def signing_keys(self, connection: Connection) -> tuple[SigningKey, ...]:
        """Return the keys that sign tokens, newest last."""
        found = self.all(connection, records.SIGNING_KEYS, _SIGNING_KEYS, {})
        return tuple(sorted(found, key=lambda key: (key.created_at, key.id)))

    def pending(self, connection: Connection, origin: str) -> tuple[AuditEvent, ...]:
        """Return the events that wait for the log named *origin*, oldest first."""
        found = self.all(connection, records.OUTBOX, _PENDING, {"origin": origin})
        return tuple(sorted((it.event for it in found), key=lambda event: (event.time, event.id)))

    def _key(self, connection: Connection, instance: InstanceId, key: KeyId, since: int) -> Key | None:
        self._tallies.check(connection, instance, shard_of(key), since)
        return self.one(connection, records.KEYS, _KEY, {"instance": instance, "id": key})

    def one(
        self, connection: Connection, kind: Kind[T], statement: Select[Any], at: Mapping[str, Any]
    ) -> T | None:
        """Return what the first row of *statement* stores, if there is one."""
        row = connection.execute(statement, at).mappings().first()
        return None if row is None else kind.value(self._binder, row)

    def all(
        self, connection: Connection, kind: Kind[T], statement: Select[Any], at: Mapping[str, Any]
    ) -> tuple[T, ...]:
        """Return what the rows of *statement* store."""
        rows = connection.execute(statement, at).mappings()
        return tuple(kind.value(self._binder, row) for row in rows)
