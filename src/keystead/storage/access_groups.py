"""Access groups and members as they are written, in the transaction of the caller; see `memberships`."""

from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import RecordWrite
from keystead.domain.ids import IamId
from keystead.domain.ports.unit import Binder
from keystead.storage import records
from keystead.storage.answers import overtaken
from keystead.storage.memberships import MemberPlace, require_group_place
from keystead.storage.schema import ACCESS_GROUPS, GRANTS, IDENTITIES, MEMBERS

_GROUP: Final = select(ACCESS_GROUPS).where(ACCESS_GROUPS.c.id == bindparam("at_id"))
_GROUPS: Final = select(ACCESS_GROUPS).where(ACCESS_GROUPS.c.account == bindparam("at_account"))
_IDENTITY: Final = select(IDENTITIES).where(IDENTITIES.c.iam_id == bindparam("at_iam_id"))
_of_group = MEMBERS.c.group_id == bindparam("at_group")
_of_identity = MEMBERS.c.iam_id == bindparam("at_iam_id")
_MEMBERS: Final = select(func.count()).select_from(MEMBERS).where(_of_group)
_MEMBERSHIPS: Final = select(func.count()).select_from(MEMBERS).where(_of_identity)
_DROP_MEMBERSHIPS: Final = delete(MEMBERS).where(_of_identity)
_DROP_GRANTS: Final = delete(GRANTS).where(GRANTS.c.subject == bindparam("at_subject"))


def has_group(connection: Connection, group: IamId) -> bool:
    """Tell whether the access group with this id is there."""
    return connection.execute(_GROUP, {"at_id": group}).first() is not None


def forget_memberships(connection: Connection, gone: IamId) -> None:
    """Have who is *gone* be in no group any more."""
    connection.execute(_DROP_MEMBERSHIPS, {"at_iam_id": gone})


def settle_groups(connection: Connection, binder: Binder, write: RecordWrite) -> None:
    """Raise `Conflict` where groups must not become what *write* has made of them.

    The grants of a group that was removed are removed as well.
    """
    match write.new, write.was:
        case AccessGroup() as new, _:
            rows = connection.execute(_GROUPS, {"at_account": new.account}).mappings()
            require_group_place((records.ACCESS_GROUPS.value(binder, row) for row in rows), new)
        case Member() as new, _:
            _place_of(connection, binder, new).require(new)
        case None, AccessGroup() as gone:
            if _count(connection, gone.id):
                raise overtaken()
            connection.execute(_DROP_GRANTS, {"at_subject": gone.id})
        case _:
            return


def _place_of(connection: Connection, binder: Binder, new: Member) -> MemberPlace:
    group = connection.execute(_GROUP, {"at_id": new.group}).mappings().first()
    who = connection.execute(_IDENTITY, {"at_iam_id": new.iam_id}).mappings().first()
    return MemberPlace(
        group=None if group is None else records.ACCESS_GROUPS.value(binder, group),
        identity=None if who is None else records.IDENTITIES.value(binder, who),
        of_group=_count(connection, new.group),
        of_identity=connection.execute(_MEMBERSHIPS, {"at_iam_id": new.iam_id}).scalar_one(),
    )


def _count(connection: Connection, group: IamId) -> int:
    return connection.execute(_MEMBERS, {"at_group": group}).scalar_one()
