"""Rings and aliases. Source: ``spec/kms-api.md`` sections 2.6, 2.11 and 2.12."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from model.machine import NOBODY, Base, may, numbers, people, require, tenants
from model.reference import DESTROYED

rings = st.sampled_from(["ring-a", "ring-b"])
aliases = st.sampled_from([f"name-{number}" for number in range(7)])  # two more than a key may have


class Places(Base):
    """Rules for where keys are and what they are called."""

    @rule(tenant=tenants, who=people, ring=rings)
    def make_ring(self, tenant: int, who: str, ring: str) -> None:
        model = self.models[tenant]
        answer = self.ask(tenant, who, "POST", f"/key_rings/{ring}")
        if not may(who, "make_ring"):
            require(answer, NOBODY)
        elif ring in model.rings:
            require(answer, (409, None))
        else:
            require(answer, (201, None))
            assert answer.body == b""
            model.rings.add(ring)

    @rule(tenant=tenants, who=people, ring=rings, force=st.booleans())
    def delete_ring(self, tenant: int, who: str, ring: str, force: bool) -> None:
        model = self.models[tenant]
        answer = self.ask(tenant, who, "DELETE", f"/key_rings/{ring}?force={str(force).lower()}")
        inside = [key for key in model.keys.values() if key.ring == ring]
        destroyed = [key for key in inside if key.state(self.now) == DESTROYED]
        if not may(who, "delete_ring"):
            require(answer, NOBODY)
        elif ring not in model.rings:
            require(answer, (404, "KEY_RING_NOT_FOUND_ERR"))
        elif len(destroyed) < len(inside) or (destroyed and not force):
            require(answer, (409, None))
        else:
            require(answer, (204, None))
            model.rings.remove(ring)
            for key in destroyed:
                key.ring = "default"

    @rule(tenant=tenants, who=people)
    def list_rings(self, tenant: int, who: str) -> None:
        answer = self.ask(tenant, who, "GET", "/key_rings")
        if not may(who, "list_rings"):
            require(answer, NOBODY)
            return
        require(answer, (200, None))
        listed = [one["id"] for one in answer.json["resources"]]
        assert (listed[0], sorted(listed[1:])) == ("default", sorted(self.models[tenant].rings))

    @rule(tenant=tenants, who=people, number=numbers, ring=st.one_of(rings, st.just("default")))
    def move(self, tenant: int, who: str, number: int, ring: str) -> None:
        key = self.pick(tenant, number)
        path = f"/keys/{self.name_of(key, number)}"
        answer = self.ask(tenant, who, "PATCH", path, {"keyRingID": ring})
        unknown = ring not in (*self.models[tenant].rings, "default")
        if may(who, "move") and key is not None and unknown:
            require(answer, (404, "KEY_RING_NOT_FOUND_ERR"))
        elif not self.refused(answer, key, "move", who) and key is not None:
            require(answer, (200, None))
            key.ring = ring
            assert answer.resource["keyRingID"] == ring

    @rule(tenant=tenants, who=people, number=numbers, alias=aliases)
    def alias(self, tenant: int, who: str, number: int, alias: str) -> None:
        key = self.pick(tenant, number)
        answer = self.ask(tenant, who, "POST", f"/keys/{self.name_of(key, number)}/aliases/{alias}")
        if self.refused(answer, key, "alias", who) or key is None:
            return
        if alias in self.models[tenant].aliases():
            require(answer, (409, "KEY_ALIAS_NOT_UNIQUE_ERR"))
        elif len(key.aliases) == 5:
            require(answer, (409, "KEY_ALIAS_QUOTA_ERR"))
        else:
            require(answer, (201, None))
            assert (answer.resource["keyId"], answer.resource["alias"]) == (key.id, alias)
            key.aliases.add(alias)

    @rule(tenant=tenants, who=people, number=numbers, alias=aliases)
    def unalias(self, tenant: int, who: str, number: int, alias: str) -> None:
        key = self.pick(tenant, number)
        answer = self.ask(tenant, who, "DELETE", f"/keys/{self.name_of(key, number)}/aliases/{alias}")
        if self.refused(answer, key, "unalias", who) or key is None:
            return
        if alias in key.aliases:
            require(answer, (204, None))
            key.aliases.remove(alias)
        else:
            require(answer, (404, None))

    @rule(tenant=tenants, who=people, alias=aliases)
    def read_by_alias(self, tenant: int, who: str, alias: str) -> None:
        answer = self.ask(tenant, who, "GET", f"/keys/{alias}/metadata")
        owner = self.models[tenant].aliases().get(alias)
        if not self.refused(answer, owner, "metadata", who) and owner is not None:
            assert answer.resource["id"] == owner.id
