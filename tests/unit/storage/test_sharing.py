"""Remembered keys share what they have in common, and say the same as before."""

from datetime import timedelta

import msgspec
import pytest

from keystead.domain.ids import InstanceId, random_uuid
from keystead.domain.keys import Key
from keystead.storage.sharing import sharing
from suites.store_samples import NOW, a_key

INSTANCE = InstanceId(random_uuid())


def read(key: Key) -> Key:
    """Return *key* as a database gives it: each part is an object of its own."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(key), type=Key)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=1)])
def test_nothing_is_changed(later: timedelta) -> None:
    key = a_key(INSTANCE, updated_at=NOW + later, acted_at=NOW + 2 * later)
    assert sharing(read(key), key.id) == key


def test_what_keys_have_in_common_is_there_once() -> None:
    keys = [a_key(INSTANCE, created_at=NOW, updated_at=NOW, acted_at=NOW) for _ in range(2)]
    first, second = (sharing(read(key), key.id) for key in keys)
    assert first.id is keys[0].id
    assert first.created_at is first.updated_at is first.acted_at
    for name in ("instance", "ring", "created_by"):
        assert getattr(first, name) is getattr(second, name)
