"""Events: a service is told of what happens to keys that protect its resources, and acknowledges it."""

import json
from typing import Final
from urllib.parse import quote

from api import envelope
from keystead.domain.ids import random_uuid
from keystead.domain.notices import Notice, NoticeState
from model.bench import SERVICES
from model.machine import NOBODY, NUMBERS, TENANTS, may, require
from model.reference import ModelKey, Verdict
from model.told import HEARD, SAYINGS, ModelEvent
from model.waiting import Waiting
from model.walk import step

_CALLERS: Final = (*(HEARD,) * 6, "database", "owner", "reader", "stranger")
_VERSIONS: Final = (None, None, 0, 1, -1, -1, "of no key")
_MANY: Final = 10_000
NEWEST: Final = 1  # picks the newest event


class Events(Waiting):
    """Steps with events. Source: ``spec/kms-api.md`` section 2.16."""

    def tell(self, tenant: int, key: ModelKey, kind: str) -> None:
        """Note that the service is told, where it has a resource that the key protects."""
        told = tuple(sorted(crn for crn in key.registrations if crn.split(":")[4] == HEARD))
        known = self.models[tenant].events
        fresh = (
            [it for it in self._notices(tenant) if it.key == key.id and it.id not in known] if told else []
        )
        assert len(fresh) == bool(told)
        for it in fresh:
            rotated = kind == "rotate" and len(key.versions) > 1
            versions = (key.versions[-2], key.versions[-1]) if rotated else (key.versions[-1], None)
            known[it.id] = ModelEvent(key.id, kind, versions, told, self.now)
            assert _shown(it) == known[it.id].shown

    @step(6, tenant=TENANTS, who=_CALLERS, number=NUMBERS, said=SAYINGS, version=_VERSIONS)
    def acknowledge(self, tenant: int, who: str, number: int, said: str, version: int | str | None) -> None:
        """One of the last events, now and then one of the other tenant, or none."""
        name, event = self._event(tenant, number)
        key = self.models[tenant].keys.get(event.key) if event is not None else None
        named = _named(key, version)
        data = {"keyVersion" if named is None else "rewrappedKeyVersion": {"id": named or random_uuid()}}
        body = {"eventId": name, "adopterKeyState": said, "timestamp": f"{self.now:%FT%TZ}"}
        answer = self.ask(tenant, who, "POST", "/event_ack", envelope(**body, keyStateData=data))
        verdict = self._acknowledging(event, key, who, said, named)
        require(answer, verdict or (204, None))
        if verdict is None and event is not None:
            event.acknowledged(said, self.now)
            if key is not None and named is not None:
                self._move(tenant, key, event, named)

    def _acknowledging(
        self, event: ModelEvent | None, key: ModelKey | None, who: str, said: str, named: str | None
    ) -> tuple[int, str | None] | None:
        if not may(who, "acknowledge"):
            return NOBODY
        if who not in SERVICES:
            return 403, "SERVICE_ONLY_ERR"
        if event is None:
            return 404, "EVENT_NOT_FOUND_ERR"
        if who != HEARD:
            return 403, "RESOURCE_OWNER_ERR"
        verdict: Verdict = event.acknowledging(said, self.now)
        if verdict is None and key is not None and named is not None and named not in key.versions:
            verdict = 400, "INVALID_FIELD_ERR"
        return verdict

    def _move(self, tenant: int, key: ModelKey, event: ModelEvent, to: str) -> None:
        """The resources use another version now; one only moves forward."""
        for crn in event.resources:
            it = key.registrations.get(crn)
            if it is None:
                continue
            moved = key.versions.index(it.version) < key.versions.index(to)
            it.version = to if moved else it.version
            query = f"urlEncodedResourceCRNQuery={quote(crn, safe='')}"
            answer = self.ask(tenant, "owner", "GET", f"/keys/{key.id}/registrations?{query}")
            assert answer.resource["keyVersion"]["id"] == it.version
            if moved:
                it.tags.append(answer.headers["etag"])
            assert answer.headers["etag"] == it.tags[-1]

    @step(2)
    def deliver(self) -> None:
        """The courier looks around until nothing is due any more."""
        self.bench.posted.clear()
        self.bench.runner.run(self._until_nothing_is_due())
        posted = {json.loads(it.body)["eventId"] for it in self.bench.posted}
        for tenant, model in enumerate(self.models):
            looks = {name: event.looked_at(self.now) for name, event in model.events.items()}
            assert posted & looks.keys() == {name for name, look in looks.items() if look == "posted"}
            model.events = {name: it for name, it in model.events.items() if looks[name] != "gone"}
            self.require_told(tenant)

    async def _until_nothing_is_due(self) -> None:
        service = self.bench.home.service
        broken = service.courier.numbers.broken
        while await service.store.services_with_due(self.now):
            await service.courier.make()
            assert service.courier.numbers.broken == broken

    def require_told(self, tenant: int) -> None:
        """What there is to tell of this tenant's keys is what the model knows; no answer could tell."""
        found = {it.id: _shown(it) for it in self._notices(tenant)}
        assert found == {name: event.shown for name, event in self.models[tenant].events.items()}

    def _event(self, tenant: int, number: int) -> tuple[str, ModelEvent | None]:
        """Return one of the last events by its number, or one of the other tenant's, or none."""
        last = list(self.models[tenant if number % 10 else 1 - tenant].events.items())[:-5:-1]
        if not last or number % 10 == 9:
            return random_uuid(), None
        name, event = last[number // 10 % len(last)]
        return name, event if number % 10 else None

    def _notices(self, tenant: int) -> list[Notice]:
        store, instance = self.bench.home.service.store, self.tenants[tenant]["owner"].instance.id
        found = self.bench.runner.run(store.notices(frozenset(NoticeState), _MANY))
        return [it for it in found if it.instance == instance]


def _shown(it: Notice) -> tuple[object, ...]:
    versions = it.version.id, it.new_version.id if it.new_version else None
    return it.key, str(it.kind), versions, it.resources, it.at, str(it.state), it.said


def _named(key: ModelKey | None, version: int | str | None) -> str | None:
    """Return the id of one of the key's versions, or of none."""
    if isinstance(version, int) and key is not None:
        return key.versions[version % len(key.versions)]
    return None if version is None else random_uuid()
