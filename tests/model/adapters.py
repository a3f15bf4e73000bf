"""KMIP adapters and the certificates of their clients; a key that serves an adapter is not deleted."""

from functools import cached_property
from itertools import product
from typing import Final

from api import envelope
from certificates import a_certificate
from http_peer import Answer
from model.machine import FLAGS, NOBODY, NUMBERS, PEOPLE, STRONG, TENANTS, may, require
from model.places import Places
from model.reference import ACTIVE, ModelKey, Verdict
from model.tenant import ModelAdapter
from model.times import Times
from model.walk import step

ADAPTERS: Final = ("adapter-a", "adapter-b")
_NAMES: Final = ("client-a", "client-b")
_CLIENTS: Final = range(3)
_UNKNOWN: Final = (404, "KMIP_ADAPTER_NOT_FOUND_ERR")


class Adapters(Places, Times):
    """Steps with KMIP adapters. Source: ``spec/kms-api.md`` section 2.15."""

    @cached_property
    def certificates(self) -> list[str]:
        """Clients of this walk alone: a certificate is in use in one adapter of all instances."""
        return [a_certificate() for _ in _CLIENTS]

    @step(2, tenant=TENANTS, who=PEOPLE, number=NUMBERS, adapter=ADAPTERS, expiring=FLAGS)
    def adapt(self, tenant: int, who: str, number: int, adapter: str, *, expiring: bool = True) -> None:
        key, model = self.pick(tenant, number), self.models[tenant]
        wish = {"profile": "native_1.0", "profile_data": {"crk_id": self.name_of(key, number)}}
        path = f"/kmip_adapters?allowExpiringKey={str(expiring).lower()}"
        answer = self.ask(tenant, who, "POST", path, envelope(name=adapter, **wish))
        verdict: tuple[int, str | None] | None = self._serving(key, expiring) if may(who, "kmip") else NOBODY
        if verdict is None and adapter in model.adapters:
            verdict = 409, "KMIP_ADAPTER_DUPLICATE_NAME_ERR"
        require(answer, verdict or (201, None))
        if verdict is None and key is not None:
            model.adapters[adapter] = ModelAdapter(answer.resource["id"], key)
            key.adapters += 1

    def _serving(self, key: ModelKey | None, expiring: bool) -> Verdict:
        if key is None:
            return 404, "NATIVE_CRK_ID_NOT_FOUND_ERR"
        will_do = key.root and key.state(self.now) == ACTIVE and (key.expires is None or expiring)
        return None if will_do else (409, "NATIVE_INVALID_CRK_ERR")

    @step(2, tenant=TENANTS, who=PEOPLE, adapter=ADAPTERS)
    def drop_adapter(self, tenant: int, who: str, adapter: str) -> None:
        """With its certificates, whose clients may go to another then."""
        answer = self.ask(tenant, who, "DELETE", f"/kmip_adapters/{adapter}")
        if self.kept_from(tenant, who, adapter, answer):
            return
        if self.models[tenant].adapters[adapter].in_use:
            require(answer, (409, "KEY_ACTION_INVALID_STATE_ERR"))
        else:
            require(answer, (204, None))
            self.models[tenant].adapters.pop(adapter).key.adapters -= 1

    @step(2, tenant=TENANTS, who=PEOPLE, number=NUMBERS)
    def list_adapters(self, tenant: int, who: str, number: int) -> None:
        """All of them, and those of one key."""
        key, there = self.pick(tenant, number), self.models[tenant].adapters.values()
        for query, expected in (
            ("", sorted(it.id for it in there)),
            (f"?crk_id={self.name_of(key, number)}", sorted(it.id for it in there if it.key is key)),
        ):
            answer = self.ask(tenant, who, "GET", f"/kmip_adapters{query}")
            require(answer, (200, None) if may(who, "kmip") else NOBODY)
            if may(who, "kmip"):
                assert [one["id"] for one in answer.json["resources"]] == expected

    @step(3, tenant=TENANTS, who=PEOPLE, adapter=ADAPTERS, name=_NAMES, client=_CLIENTS)
    def trust(self, tenant: int, who: str, adapter: str, name: str, client: int) -> None:
        body = envelope(name=name, certificate=self.certificates[client])
        answer = self.ask(tenant, who, "POST", f"/kmip_adapters/{adapter}/certificates", body)
        if self.kept_from(tenant, who, adapter, answer):
            return
        trusted = self.models[tenant].adapters[adapter].clients
        if name in trusted:
            require(answer, (409, "KMIP_CERT_DUPLICATE_NAME_ERR"))
        elif client in self.in_use():
            require(answer, (409, "KMIP_CERT_DUPLICATE_ERR"))
        else:
            require(answer, (201, None))
            trusted[name] = client

    @step(2, tenant=TENANTS, who=PEOPLE, adapter=ADAPTERS, name=_NAMES)
    def distrust(self, tenant: int, who: str, adapter: str, name: str) -> None:
        """Show a certificate, remove it, and list what is left."""
        path = f"/kmip_adapters/{adapter}/certificates"
        for method, good in (("GET", 200), ("DELETE", 204)):
            answer = self.ask(tenant, who, method, f"{path}/{name}")
            if not self.kept_from(tenant, who, adapter, answer):
                known = name in self.models[tenant].adapters[adapter].clients
                require(answer, (good, None) if known else (404, "KMIP_CERT_NOT_FOUND_ERR"))
        answer = self.ask(tenant, who, "GET", path)
        if not self.kept_from(tenant, who, adapter, answer):
            left = self.models[tenant].adapters[adapter].clients
            left.pop(name, None)
            assert sorted(one["name"] for one in answer.json["resources"]) == sorted(left)

    @step(3, tenant=TENANTS, who=STRONG, number=NUMBERS, force=FLAGS)
    def adapter_has_a_life(self, tenant: int, who: str, number: int, force: bool) -> None:
        """Its key cannot be deleted while it is there, whatever happens to the key."""
        for _ in range(2):
            self.adapt(tenant, who, number, ADAPTERS[0])
        for client, name in product(range(2), _NAMES):
            self.trust(tenant, who, ADAPTERS[0], name, client)
        for name in (_NAMES[0], _NAMES[0]):
            self.distrust(tenant, who, ADAPTERS[0], name)
        self.change(tenant, who, "disable", number)
        self.change(tenant, who, "delete", number, force=force)
        self.wait(31)
        self.change(tenant, who, "enable", number)
        self.drop_adapter(tenant, who, ADAPTERS[0])

    def in_use(self) -> set[int]:
        """Return which clients an adapter of either tenant trusts."""
        adapters = [it for model in self.models for it in model.adapters.values()]
        return {client for it in adapters for client in it.clients.values()}

    def kept_from(self, tenant: int, who: str, adapter: str, answer: Answer) -> bool:
        """Require the refusal of whoever may not manage adapters, or names none; tell whether it is due."""
        verdict: tuple[int, str | None] | None = None
        if adapter not in self.models[tenant].adapters:
            verdict = _UNKNOWN
        if not may(who, "kmip"):
            verdict = NOBODY
        if verdict is not None:
            require(answer, verdict)
        return verdict is not None
