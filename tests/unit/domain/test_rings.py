"""Which rings can be made and deleted: kms-api.md sections 2.12 and 7 (U6)."""

import pytest

from keystead.domain.errors import Refused, Target
from keystead.domain.ids import DEFAULT_RING, InstanceId, RingId
from keystead.domain.reasons import Reason
from keystead.domain.rings import MOST_MOVED, MOST_RINGS, Ring, require_empty, require_new, to_delete

HERE = InstanceId("2f9b6c1e-0c3d-4a5b-8e7f-112233445566")


def rings(number: int) -> tuple[Ring, ...]:
    return tuple(Ring(instance=HERE, id=RingId(f"ring-{index}")) for index in range(number))


def test_the_limit_is_that_of_the_specification() -> None:
    assert MOST_RINGS == 50


def test_the_fiftieth_ring_is_made_and_the_next_is_not() -> None:
    require_new(RingId("new"), rings(49))
    for there in (50, 51):
        with pytest.raises(Refused) as caught:
            require_new(RingId("new"), rings(there))
        assert caught.value.reason is Reason.KEY_RING_QUOTA


@pytest.mark.parametrize("there", [1, 50])
def test_a_ring_that_is_there_is_not_made_again(there: int) -> None:
    with pytest.raises(Refused) as caught:
        require_new(RingId("ring-0"), rings(there))
    assert caught.value.reason is Reason.KEY_RING_NOT_UNIQUE


def test_names_are_case_sensitive() -> None:
    require_new(RingId("RING-0"), rings(1))
    require_new(RingId("Default"), rings(1))
    with pytest.raises(Refused) as caught:
        to_delete(RingId("RING-0"), rings(1))
    assert caught.value.reason is Reason.KEY_RING_NOT_FOUND


def test_default_is_neither_made_nor_deleted() -> None:
    for refuse in (require_new, to_delete):
        with pytest.raises(Refused) as caught:
            refuse(DEFAULT_RING, rings(50))
        assert caught.value.reason is Reason.INVALID_FIELD
        assert caught.value.target == Target("field", "keyRingID")


def test_the_record_of_a_ring_that_goes() -> None:
    assert to_delete(RingId("ring-1"), rings(3)) == rings(3)[1]


@pytest.mark.parametrize(
    ("living", "destroyed", "force", "says"),
    [
        (0, 0, False, None),
        (0, 0, True, None),
        (0, 1, True, None),
        (0, MOST_MOVED, True, None),
        (0, MOST_MOVED + 1, True, "too many"),
        (0, 1, False, "with force"),
        (0, MOST_MOVED + 1, False, "with force"),
        (1, 0, False, "Move or delete"),
        (1, 0, True, "Move or delete"),
        (1, MOST_MOVED + 1, True, "Move or delete"),
    ],
)
def test_keys_that_are_in_the_way(living: int, destroyed: int, force: bool, says: str | None) -> None:
    if says is None:
        require_empty(living, destroyed, force=force)
        return
    with pytest.raises(Refused, match=says) as caught:
        require_empty(living, destroyed, force=force)
    assert caught.value.reason is Reason.KEY_RING_NOT_EMPTY
