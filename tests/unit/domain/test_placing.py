"""The ring that a key is in and the aliases that it has: kms-api.md sections 2.6, 2.11 and 3.6."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keystead.domain.errors import Refused
from keystead.domain.ids import RingId
from keystead.domain.keys import Key
from keystead.domain.placing import (
    MOST_ALIASES,
    MOST_ALIASES_OF_KEY,
    alias_taken,
    moved,
    require_room,
    with_alias,
    without_alias,
)
from keystead.domain.reasons import Reason
from unit.domain.records import ROOT, T0

NOW = T0 + timedelta(days=3)


def same_but_for_its_place(key: Key) -> Key:
    """Return *key* as it was before: what moves or names a key changes nothing else."""
    return replace(
        key, ring=ROOT.ring, aliases=ROOT.aliases, updated_at=ROOT.updated_at, revision=key.revision - 1
    )


def test_the_limits_are_those_of_the_specification() -> None:
    assert (MOST_ALIASES_OF_KEY, MOST_ALIASES) == (5, 1000)


def test_a_moved_key_was_updated_but_no_waiting_time_begins() -> None:
    after = moved(ROOT, RingId("ring-b"), NOW)
    assert (after.ring, after.updated_at, after.acted_at) == (RingId("ring-b"), NOW, ROOT.acted_at)
    assert same_but_for_its_place(after) == ROOT


def test_aliases_come_and_go_in_order() -> None:
    key = replace(ROOT, aliases=("a", "b"))
    after = with_alias(key, "A", NOW)
    assert (after.aliases, after.updated_at, after.acted_at) == (("a", "b", "A"), NOW, ROOT.acted_at)
    assert same_but_for_its_place(after) == ROOT
    after = without_alias(after, "b", NOW)
    assert (after.aliases, after.revision) == (("a", "A"), ROOT.revision + 2)


def test_a_key_has_five_aliases_and_no_sixth() -> None:
    key = replace(ROOT, aliases=())
    for number in range(5):
        key = with_alias(key, f"alias-{number}", NOW)
    with pytest.raises(Refused) as caught:
        with_alias(key, "alias-5", NOW)
    assert caught.value.reason is Reason.ALIAS_QUOTA
    assert with_alias(without_alias(key, "alias-0", NOW), "alias-5", NOW).aliases[-1] == "alias-5"


@pytest.mark.parametrize("name", ["B", "c", ""])
def test_an_alias_that_the_key_has_not(name: str) -> None:
    with pytest.raises(Refused) as caught:
        without_alias(replace(ROOT, aliases=("b",)), name, NOW)
    assert caught.value.reason is Reason.ALIAS_NOT_FOUND


def test_an_instance_has_a_thousand_places() -> None:
    require_room(999, 1)
    require_room(995, 5)
    for there, more in ((1000, 1), (996, 5), (2000, 1)):
        with pytest.raises(Refused) as caught:
            require_room(there, more)
        assert caught.value.reason is Reason.ALIAS_QUOTA


def test_the_refusal_names_the_alias_that_is_taken() -> None:
    assert alias_taken("payroll").reason is Reason.ALIAS_NOT_UNIQUE
    assert "`payroll`" in alias_taken("payroll").detail
