"""The key that was authorised is the key that is used, wherever its alias goes meanwhile."""

from pathlib import Path

import pytest

from api import Api, with_api
from keystead.domain.actions import Role
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key

ASKED = (
    ("GET", ""),
    ("GET", "/metadata"),
    ("POST", "/actions/wrap"),
    ("POST", "/actions/rotate"),
    ("POST", "/actions/disable"),
    ("DELETE", ""),
)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_an_alias_that_moves_between_two_looks(
    tmp_path: Path, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(api: Api) -> None:
        first, second = (
            (await api.create("first", aliases=["moving"]))["id"],
            (await api.create("second"))["id"],
        )
        caller = await api.other(Role.MANAGER, key=first)
        before = (await api.send("GET", f"/keys/{second}/metadata")).json
        looks = [first, *[second] * 9]

        async def moving(instance: InstanceId, alias: str) -> Key:
            assert alias == "moving"
            return await api.service.store.key(instance, KeyId(looks.pop(0)))

        with monkeypatch.context() as patch:
            patch.setattr(api.service.store, "key_by_alias", moving)
            answer = await caller.send(method, f"/keys/moving{path}")
        assert (answer.status, second in answer.body.decode()) == (401, False)
        assert len(looks) < 9  # it did move while the request was under way
        assert (await api.send("GET", f"/keys/{second}/metadata")).json == before
        assert (await caller.send("GET", "/keys/moving/metadata")).status == 200

    with_api(tmp_path, story)
