"""What belongs to identities and accounts, and goes with them, in the transaction of the caller.

Whoever changes the directory has changed its generation first and holds that row until he commits, so no two
do so at once: what is counted and looked for here stays as it is.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, bindparam, delete, select

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import Record, RecordWrite
from keystead.domain.grants import Grant
from keystead.domain.identities import MOST_API_KEYS, MOST_SERVICE_IDS, ApiKey, Identity
from keystead.domain.ids import AccountId
from keystead.domain.ports.unit import Binder
from keystead.domain.roles import CustomRole
from keystead.storage.access_groups import forget_memberships, has_group, settle_groups
from keystead.storage.answers import overtaken
from keystead.storage.granting import Granted
from keystead.storage.profiles import require_profile_place
from keystead.storage.records import API_KEYS, CUSTOM_ROLES, IDENTITIES
from keystead.storage.records import GRANTS as GRANT_RECORDS
from keystead.storage.schema import API_KEYS as API_KEY_ROWS
from keystead.storage.schema import CUSTOM_ROLES as ROLE_ROWS
from keystead.storage.schema import GRANTS
from keystead.storage.schema import IDENTITIES as IDENTITY_ROWS


def _in_account(table: Table) -> Select[Any]:
    return select(table).where(table.c.account == bindparam("at_account"))


_EVERY_KEY: Final = _in_account(API_KEY_ROWS)
_EVERY_GRANT: Final = _in_account(GRANTS)
_EVERY_ROLE: Final = _in_account(ROLE_ROWS)
_EVERYBODY: Final = _in_account(IDENTITY_ROWS)
_OWNER: Final = select(IDENTITY_ROWS.c.iam_id).where(IDENTITY_ROWS.c.iam_id == bindparam("at_iam_id"))
_DROP_GRANTS: Final = delete(GRANTS).where(GRANTS.c.subject == bindparam("at_subject"))
_DROP_KEY: Final = delete(API_KEY_ROWS).where(API_KEY_ROWS.c.id == bindparam("at_id"))


class Owners:
    """Looks after identities and what is theirs; `Tampered` where a row is not what was written."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder

    def require_place(self, connection: Connection, added: Record) -> None:
        """Raise `Conflict` where what was *added* has no owner, or is one more than there may be."""
        match added:
            case ApiKey():
                if connection.execute(_OWNER, {"at_iam_id": added.iam_id}).first() is None:
                    raise overtaken()
                if sum(1 for _ in self.keys_of(connection, added)) > MOST_API_KEYS:
                    raise overtaken()
            case Identity():
                if self._service_ids_beside(connection, added) > MOST_SERVICE_IDS:
                    raise overtaken()
            case _:
                return

    def forget(self, connection: Connection, gone: Identity) -> None:
        """Remove the grants, memberships and API keys of *gone*; `Conflict` for the last Administrator."""
        mine = [it for it in self._granted(connection, gone.account).grants if it.subject == gone.iam_id]
        connection.execute(_DROP_GRANTS, {"at_subject": gone.iam_id})
        self._granted(connection, gone.account).require_steward(mine)
        forget_memberships(connection, gone.iam_id)
        for key in list(self.keys_of(connection, gone)):
            connection.execute(_DROP_KEY, {"at_id": key.id})

    def settle(self, connection: Connection, write: RecordWrite) -> None:
        """Raise `Conflict` where grants or roles must not become what *write* has made of them."""
        new, was = write.new, write.was
        if isinstance(new, Grant | CustomRole):
            self._require_subject(connection, new)
            self._granted(connection, new.account).require_place(new)
        if isinstance(was, Grant):
            self._granted(connection, was.account).require_steward((was,))
        if isinstance(was, CustomRole) and new is None:
            self._granted(connection, was.account).require_unused(was)
        if isinstance(new, Identity) and new.kind == "profile":
            require_profile_place(self._everybody(connection, new.account), new)
        if isinstance(new or was, AccessGroup | Member):
            settle_groups(connection, self._binder, write)

    def keys_of(self, connection: Connection, owner: Identity | ApiKey) -> Iterator[ApiKey]:
        """Yield the API keys of *owner*, or of whose the API key *owner* is."""
        rows = connection.execute(_EVERY_KEY, {"at_account": owner.account}).mappings()
        return (key for row in rows if (key := API_KEYS.value(self._binder, row)).iam_id == owner.iam_id)

    def _require_subject(self, connection: Connection, new: Grant | CustomRole) -> None:
        if isinstance(new, CustomRole) or new.is_for_services or not new.is_active:
            return
        if new.is_for_group:
            there = has_group(connection, new.subject)
        else:
            there = connection.execute(_OWNER, {"at_iam_id": new.subject}).first() is not None
        if not there:
            raise overtaken()

    def _granted(self, connection: Connection, account: AccountId) -> Granted:
        place = {"at_account": account}
        grants = connection.execute(_EVERY_GRANT, place).mappings()
        roles = connection.execute(_EVERY_ROLE, place).mappings()
        return Granted(
            tuple(GRANT_RECORDS.value(self._binder, row) for row in grants),
            tuple(CUSTOM_ROLES.value(self._binder, row) for row in roles),
        )

    def _service_ids_beside(self, connection: Connection, one: Identity) -> int:
        return sum(it.kind == "serviceid" for it in self._everybody(connection, one.account))

    def _everybody(self, connection: Connection, account: AccountId) -> Iterator[Identity]:
        rows = connection.execute(_EVERYBODY, {"at_account": account}).mappings()
        return (IDENTITIES.value(self._binder, row) for row in rows)
