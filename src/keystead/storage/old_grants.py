"""Records of grants, also as older versions wrote them: one role, on an instance, a ring or a key."""

import msgspec

from keystead.domain.actions import Role
from keystead.domain.grants import Grant, granted
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId


class _OldGrant(msgspec.Struct, frozen=True):
    id: str
    subject: IamId
    account: AccountId
    role: Role | None = None  # newer records have no such member
    instance: InstanceId | None = None
    ring: RingId | None = None
    key: KeyId | None = None


def read_grant(record: bytes) -> Grant:
    """Return what *record* says; `msgspec.DecodeError` where it is neither form."""
    old = _read_old(record)
    if old.role is None:
        return _read(record)
    return granted(
        id=old.id,
        subject=old.subject,
        account=old.account,
        roles=(old.role,),
        instance=old.instance,
        ring=old.ring,
        key=old.key,
    )


_read_old = msgspec.msgpack.Decoder(_OldGrant).decode
_read = msgspec.msgpack.Decoder(Grant).decode
