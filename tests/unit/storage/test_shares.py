"""Shares are counted once for what a shard holds."""

from dataclasses import replace

from keystead.domain.ids import InstanceId
from keystead.domain.listing import DateWithin, KeyDate, KeyFact, KeyQuery, SortKey
from keystead.storage import shares
from keystead.storage.shares import Shares
from keystead.storage.stretches import whole
from suites.list_samples import HR, IT
from suites.store_samples import NOW

HERE = InstanceId("here")
PLAIN = KeyQuery(instance=HERE, now=NOW, dates=(DateWithin(KeyDate.CREATED, 1, 2),), rings=frozenset({HR}))


def counts(of: Shares, query: KeyQuery = PLAIN, digest: bytes = b"one", shard: int = 7) -> bool:
    """Ask for a share, and tell whether it was counted."""
    asked = 0

    def count() -> int:
        nonlocal asked
        asked += 1
        return 5

    assert of.of(query.instance, whole(query)).share(shard, digest, count) == 5
    return asked == 1


def test_a_share_is_counted_once_for_each_digest() -> None:
    known = Shares()
    assert [counts(known, digest=digest) for digest in (b"one", b"one", b"two", b"two", b"one")] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert counts(known, shard=8)


def test_an_order_has_the_shares_of_the_other_ones() -> None:
    known = Shares()
    assert counts(known)
    assert not counts(known, replace(PLAIN, sort=(SortKey(KeyFact.ID, descending=True),), offset=9))


def test_another_filter_has_others() -> None:
    known = Shares()
    assert counts(known)
    for other in (
        replace(PLAIN, instance=InstanceId("there")),
        replace(PLAIN, rings=frozenset({HR, IT})),
        replace(PLAIN, rings=None),
        replace(PLAIN, extractable=True),
        replace(PLAIN, states=frozenset()),
        replace(PLAIN, dates=(DateWithin(KeyDate.CREATED, 1, 3),)),
        replace(PLAIN, dates=(DateWithin(KeyDate.UPDATED, 1, 2),)),
    ):
        assert counts(known, other), other


def test_those_that_were_asked_for_last_are_kept() -> None:
    known = Shares()
    assert counts(known)
    for second in range(shares._FILTERS):
        assert counts(known, replace(PLAIN, dates=(DateWithin(KeyDate.CREATED, second, 99),)))
        assert not counts(known)
    for second in range(shares._FILTERS):
        counts(known, replace(PLAIN, dates=(DateWithin(KeyDate.UPDATED, second, 99),)))
    assert len(known._known) == shares._FILTERS
    assert counts(known)
