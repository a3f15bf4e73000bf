"""A report of many keys: what it costs."""

from dataclasses import replace

import pytest

from conformance.services import a_service, register
from conformance.world import World
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId


class CountingId(str):
    """The id of a key that counts how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        CountingId.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_registrations_are_looked_at_once_and_not_for_every_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [str((await api.create())["id"]) for _ in range(30)]
        await register(await a_service(api), keys[0])
        (first,) = await world.store.registrations(api.instance.id, None)
        change = Change()
        for number in range(40):
            change.put(replace(first, crn=f"{first.crn}-{number}"), was=None)
        await world.store.commit(change, None)
        every = await world.store.registrations(api.instance.id, None)

        async def counting(*_: object) -> object:
            return tuple(replace(it, key=KeyId(CountingId(it.key))) for it in every)

        monkeypatch.setattr(world.store, "registrations", counting)
        (instance,) = (await api.send("GET", "/key_usage_report")).json["result"]["kms_instances"]
        assert sorted(len(key.get("associations", ())) for key in instance["keys"]) == [0] * 29 + [41]
        assert CountingId.compared < 3 * len(every)

    world.run(story())
