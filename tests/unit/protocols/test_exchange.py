"""A body that is too large: who sent it is looked at first."""

from dataclasses import replace

import pytest

from conformance.world import World, check_error, raw
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.http.head import Head


def test_a_body_that_is_too_large_is_refused_when_it_is_asked_for() -> None:
    exchange = Exchange(Head("POST", "/"), body=None)
    with pytest.raises(Refused) as caught:
        exchange.content()
    assert caught.value.reason is Reason.BAD_BODY


def test_a_large_body_of_a_stranger_is_401_and_of_a_caller_400(world: World) -> None:
    stranger = raw(world.home, "POST", "/api/v2/keys", None, {b"authorization": b""})
    assert world.run(stranger).status == 401
    caller = world.run(raw(world.home, "POST", "/api/v2/keys", None))
    check_error(caller, 400, "BAD_BODY_ERR", "Key could not be created")


def test_a_large_form_is_a_wrong_form(world: World) -> None:
    no_client = replace(world.home, token="")
    answer = world.run(raw(no_client, "POST", "/identity/token", None, {b"authorization": b"Basic Yng6Yng="}))
    assert (answer.status, answer.json["errorCode"]) == (400, "BXNIM0102E")


@pytest.mark.parametrize("given", ["7D0A1C5E-3B7F-4A57-9D4E-0F7C2E0F3A11", "x", "", None])
def test_a_correlation_id_is_kept_if_it_is_one(given: str | None) -> None:
    headers = {} if given is None else {b"correlation-id": given.encode()}
    made = Exchange(Head("GET", "/", headers=headers)).correlation_id
    assert (made == given) is (given is not None and len(given) == 36)
    assert len(made) == 36
