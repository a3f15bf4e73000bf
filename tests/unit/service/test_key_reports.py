"""A report of many keys: what it costs, whatever they were used for."""

from dataclasses import replace

import pytest

from conformance.services import BUCKET, a_service, register
from conformance.world import World
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId
from keystead.domain.key_uses import DayOfUses, Tally, UseQuery
from keystead.service.key_reports import MOST_SERVICES


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


def test_uses_are_read_key_by_key_and_some_of_the_services_are_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = sorted([KeyId(str((await api.create())["id"])) for _ in range(3)])
        change, now = Change(), world.clock()
        for key, callers in zip(keys, (MOST_SERVICES, MOST_SERVICES + 1, 0), strict=True):
            tallies = tuple(
                Tally(
                    versions=("v",), caller=f"crn-{BUCKET}{at}", action="kms.secrets.wrap", count=1, last=now
                )
                for at in range(callers)
            )
            day = DayOfUses(
                instance=api.instance.id,
                key=key,
                day=now.date().toordinal(),
                node="another",
                tallies=tallies,
            )
            change.put(day, was=None)
        await world.store.commit(change, None)
        asked: list[UseQuery] = []
        whole = world.store.uses

        async def noting(query: UseQuery) -> tuple[DayOfUses, ...]:
            if query.before is not None:
                asked.append(query)
            return await whole(query)

        await api.send("GET", "/key_usage_report")  # which counts what was done with them
        monkeypatch.setattr(world.store, "uses", noting)
        (instance,) = (await api.send("GET", "/key_usage_report")).json["result"]["kms_instances"]
        shown = {key["id"]: key for key in instance["keys"]}
        services = [len(shown[key].get("service_usage", {}).get("cloud-object-storage", ())) for key in keys]
        assert services == [MOST_SERVICES, MOST_SERVICES, 0]
        assert [shown[key]["caller_count"] for key in keys] == [MOST_SERVICES, MOST_SERVICES + 1, 0]
        assert ["more_service_usage" in shown[key] for key in keys] == [False, True, False]
        assert [set(query.keys) for query in asked] == [{key} for key in keys]

    world.run(story())
