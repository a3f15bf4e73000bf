"""Objects that KMIP clients make; an adapter stays as long as it has some that are not destroyed."""

from itertools import product
from typing import Final

from keystead.domain.ids import IamId, random_uuid
from keystead.domain.kmip import ManagedObject, ObjectState, Touch
from model.adapters import ADAPTERS, Adapters
from model.machine import FLAGS, NUMBERS, PEOPLE, STRONG, TENANTS, require
from model.tenant import ACTIVE_OBJECT, DESTROYED_OBJECT, GONE_OBJECTS
from model.walk import step
from suites.store_placed import putting

_STATES: Final = tuple(range(1, 7))
_LISTED: Final = ("", "1", "2", "5,6", "1,2,3,4,5,6")
_UNKNOWN: Final = (404, "KMIP_OBJECT_NOT_FOUND_ERR")


class Objects(Adapters):
    """Steps with objects. Source: ``spec/kms-api.md`` section 2.15."""

    @step(3, tenant=TENANTS, adapter=ADAPTERS, state=(1, 2, 2, 3, 4, 4, 5, 6))
    def client_makes(self, tenant: int, adapter: str, state: int) -> None:
        """Put an object into the store, which no request of this API does."""
        place, instance = self.models[tenant].adapters.get(adapter), self.tenants[tenant]["owner"].instance
        if place is None:
            return
        touch = Touch(at=self.now, by=IamId("IBMid-1"), certificate=random_uuid())
        made = ManagedObject(
            instance=instance.id,
            adapter=place.id,
            id=random_uuid(),
            state=ObjectState(state),
            created=touch,
            updated=touch,
            destroyed=touch if state in GONE_OBJECTS else None,
        )
        self.bench.runner.run(self.bench.home.service.store.commit(putting(made), None))
        place.objects[made.id] = state

    @step(2, tenant=TENANTS, who=PEOPLE, adapter=ADAPTERS, states=_LISTED)
    def list_objects(self, tenant: int, who: str, adapter: str, states: str) -> None:
        query = f"?state={states}" if states else ""
        answer = self.ask(tenant, who, "GET", f"/kmip_adapters/{adapter}/kmip_objects{query}")
        if self.kept_from(tenant, who, adapter, answer):
            return
        wanted = [int(state) for state in states.split(",")] if states else [1, 2, 3, 4]
        there = self.models[tenant].adapters[adapter].objects
        expected = sorted((name, state) for name, state in there.items() if state in wanted)
        assert [(it["id"], it["state"]) for it in answer.json["resources"]] == expected

    @step(4, tenant=TENANTS, who=PEOPLE, adapter=ADAPTERS, number=NUMBERS, force=FLAGS)
    def destroy_object(self, tenant: int, who: str, adapter: str, number: int, *, force: bool) -> None:
        """Look at an object and destroy it; often one of another adapter or tenant."""
        name = self._object(tenant, adapter, number)
        path = f"/kmip_adapters/{adapter}/kmip_objects/{name}"
        shown = self.ask(tenant, who, "GET", path)
        answer = self.ask(tenant, who, "DELETE", f"{path}?force={str(force).lower()}")
        if self.kept_from(tenant, who, adapter, shown):
            self.kept_from(tenant, who, adapter, answer)
            return
        there = self.models[tenant].adapters[adapter].objects
        if name not in there:
            require(shown, _UNKNOWN)
            require(answer, _UNKNOWN)
            return
        assert (shown.resource["id"], shown.resource["state"]) == (name, there[name])
        if there[name] in GONE_OBJECTS:
            require(answer, (410, "KMIP_OBJECT_DESTROYED_ERR"))
        elif there[name] == ACTIVE_OBJECT and not force:
            require(answer, (409, "KEY_ACTION_INVALID_STATE_ERR"))
        else:
            require(answer, (204, None))
            there[name] = DESTROYED_OBJECT[there[name]]
            assert self.ask(tenant, who, "GET", path).resource["state"] == there[name]

    def _object(self, tenant: int, adapter: str, number: int) -> str:
        """Return an object of this adapter by its number, or of any adapter, or none."""
        models = self.models if number % 10 > 7 else (self.models[tenant],)
        names = ADAPTERS if number % 10 > 5 else (adapter,)
        places = [model.adapters[it] for model, it in product(models, names) if it in model.adapters]
        there = [name for place in places for name in place.objects]
        return there[number // 10 % len(there)] if there and number % 10 else random_uuid()

    @step(3, tenant=TENANTS, who=STRONG, number=NUMBERS, other=_STATES)
    def adapter_is_used(self, tenant: int, who: str, number: int, other: int) -> None:
        """It cannot go before its objects are destroyed; a new one of its name has none of them."""
        self.adapt(tenant, who, number, ADAPTERS[0])
        for state in _STATES:
            self.client_makes(tenant, ADAPTERS[0], state)
        self.drop_adapter(tenant, who, ADAPTERS[0])
        self.adapt(tenant, who, number, ADAPTERS[1])
        self.destroy_object(tenant, who, ADAPTERS[1], 10 * other + 6, force=True)
        for which in _STATES:
            self.destroy_object(tenant, who, ADAPTERS[0], 10 * which + 1, force=False)
        self.list_objects(tenant, who, ADAPTERS[0], "")
        for which in (1, 7, 0):  # the active one twice, and none
            self.destroy_object(tenant, who, ADAPTERS[0], 10 * which + bool(which), force=True)
        self.drop_adapter(tenant, who, ADAPTERS[0])
        self.adapt(tenant, who, number, ADAPTERS[0])
        self.list_objects(tenant, who, ADAPTERS[0], "1,2,3,4,5,6")
        self.drop_adapter(tenant, who, ADAPTERS[0])
