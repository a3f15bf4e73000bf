"""What every store answers alike: refusals, and mistakes of the caller that no store forgives."""

from collections.abc import Iterable

from keystead.domain.changes import Change, KeyWrite, RecordWrite
from keystead.domain.errors import Conflict, Refused
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity
from keystead.domain.ids import InstanceId
from keystead.domain.instances import Instance
from keystead.domain.keys import Key, KeyState
from keystead.domain.reasons import Reason


def not_found() -> Refused:
    """Return the one refusal for a key or alias that is not there."""
    return Refused(Reason.KEY_NOT_FOUND, "key does not exist")


def overtaken() -> Conflict:
    """Return the error for a record that changed, came or went in the meantime."""
    return Conflict("The record was changed by another request; please try again")


def unknown_instance(instance: InstanceId) -> ValueError:
    """Return the error for a key written to an instance that nobody added: a mistake of ours."""
    return ValueError(f"instance {instance} was never added")


def held(identity: Identity | None, key: ApiKey | None, wanted: str | None) -> Holder | None:
    """Return *identity* with *key*, where it is there and the key that is *wanted* is its own."""
    if identity is None or (wanted is not None and (key is None or key.iam_id != identity.iam_id)):
        return None
    return Holder(identity, key)


def gaining_aliases(writes: Iterable[KeyWrite]) -> list[InstanceId]:
    """Return the instances in which keys get aliases that they did not have; their number has a limit."""
    gaining = {
        write.new.instance
        for write in writes
        if write.new is not None
        and not set(write.new.aliases) <= set(() if write.was is None else write.was.aliases)
    }
    return sorted(gaining)


def gaining_keys(writes: Iterable[KeyWrite]) -> list[InstanceId]:
    """Return the instances in which keys are made or restored; one that was deleted takes none."""
    return sorted({it.new.instance for it in writes if it.new is not None and _comes_to_life(it.new, it.was)})


def _comes_to_life(new: Key, was: Key | None) -> bool:
    ended = KeyState.DESTROYED
    return new.state is not ended and (was is None or was.state is ended)


def check(change: Change) -> None:
    """Raise `ValueError` for a change that no command should ask for."""
    for write in change.keys:
        _check_key(write)
    for record in change.records:
        _check_record(record)
    for token in change.tokens:
        if token.was is not None and token.was.instance != token.new.instance:
            raise ValueError("an import token belongs to another instance than the one it replaces")


def _check_record(write: RecordWrite) -> None:
    if write.new is None and write.was is None:
        raise ValueError("a write of a record names neither what was nor what is to be")
    if isinstance(write.new or write.was, Instance) and (write.new is None or write.was is None):
        raise ValueError("an instance is added with its tallies, and is never forgotten")
    if write.new is not None and write.was is not None and type(write.new) is not type(write.was):
        raise ValueError("a record cannot become one of another kind")
    if (
        isinstance(write.new, Grant)
        and isinstance(write.was, Grant)
        and write.new.subject != write.was.subject
    ):
        raise ValueError("a grant cannot become one of another subject")


def _check_key(write: KeyWrite) -> None:
    new, was = write.new, write.was
    if new is None and was is None:
        raise ValueError("a write of a key names neither what was nor what is to be")
    if new is None or was is None:
        return
    if (new.instance, new.id) != (was.instance, was.id):
        raise ValueError(f"key {was.id} cannot become key {new.id}")
    if new.revision <= was.revision:
        raise ValueError(f"key {was.id} changes without a higher revision")
