"""Import tokens: limits, retrievals and age (kms-api.md section 4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keystead.domain.errors import Refused, Target
from keystead.domain.import_tokens import (
    ImportAlgorithm,
    TokenKind,
    read_limits,
    usable,
)
from keystead.domain.reasons import Reason
from unit.domain.records import T0, TOKEN

TICK = timedelta(microseconds=1)
END = T0 + timedelta(seconds=600)


def test_the_defaults() -> None:
    assert read_limits(None, None) == (600, 1)


@pytest.mark.parametrize("seconds", [300, 301, 86_399, 86_400])
def test_an_expiration_within_its_limits(seconds: int) -> None:
    assert read_limits(seconds, None) == (seconds, 1)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 299, 86_401, 10**30])
def test_an_expiration_beyond_its_limits(seconds: int) -> None:
    with pytest.raises(Refused) as caught:
        read_limits(seconds, 1)
    assert caught.value.reason is Reason.INVALID_FIELD
    assert caught.value.target == Target("field", "expiration")
    assert caught.value.detail == (
        "The field `expiration` must be: an integer between 300 and 86400 (inclusive)"
    )


@pytest.mark.parametrize("count", [1, 2, 499, 500])
def test_retrievals_within_their_limits(count: int) -> None:
    assert read_limits(None, count) == (600, count)


@pytest.mark.parametrize("count", [-1, 0, 501, 10**30])
def test_retrievals_beyond_their_limits(count: int) -> None:
    with pytest.raises(Refused) as caught:
        read_limits(600, count)
    assert caught.value.reason is Reason.INVALID_FIELD
    assert caught.value.target == Target("field", "maxAllowedRetrievals")


def assert_expired(step: object) -> None:
    assert callable(step)
    with pytest.raises(Refused) as caught:
        step()
    assert caught.value.reason is Reason.IMPORT_TOKEN_EXPIRED
    assert caught.value.detail == "The import token has expired."


def test_a_retrieval_counts_and_changes_nothing_else() -> None:
    once = TOKEN.retrieved(T0)
    assert once == replace(TOKEN, remaining=1, revision=2)
    assert once.retrieved(T0) == replace(TOKEN, remaining=0, revision=3)


def test_no_retrieval_is_left_after_the_last() -> None:
    assert_expired(lambda: replace(TOKEN, remaining=0).retrieved(T0))


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=600) - TICK, timedelta(seconds=600)])
def test_a_token_is_good_until_its_end(age: timedelta) -> None:
    assert usable(TOKEN, T0 + age) is TOKEN
    TOKEN.retrieved(T0 + age)


def test_a_token_is_no_good_past_its_end() -> None:
    assert_expired(lambda: usable(TOKEN, END + TICK))
    assert_expired(lambda: TOKEN.retrieved(END + TICK))


def test_importing_does_not_need_a_retrieval() -> None:
    spent = replace(TOKEN, remaining=0)
    assert usable(spent, END) is spent


def test_without_a_token_nothing_is_imported() -> None:
    assert_expired(lambda: usable(None, T0))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("RSAES_OAEP_SHA_256", TokenKind.RSA_4096),
        ("RSAES_OAEP_SHA_1", TokenKind.RSA_4096),
        ("HPKE_MLKEM768_X25519", TokenKind.HYBRID),
    ],
)
def test_each_algorithm_needs_its_kind_of_token(name: str, kind: TokenKind) -> None:
    assert ImportAlgorithm(name).kind is kind
