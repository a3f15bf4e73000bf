"""Rings and aliases. Source: ``spec/kms-api.md`` sections 2.6, 2.11 and 2.12."""

from model.machine import FLAGS, NOBODY, NUMBERS, PEOPLE, STRONG, TENANTS, Base, may, require
from model.reference import DESTROYED
from model.walk import step

_RINGS = ("ring-a", "ring-b")
_ALIASES = tuple(f"name-{number}" for number in range(9))
_MOST = 5  # of a key, section 2.11


class Places(Base):
    """Steps with where keys are and what they are called."""

    @step(2, tenant=TENANTS, who=PEOPLE, ring=_RINGS)
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

    @step(3, tenant=TENANTS, who=PEOPLE, ring=_RINGS, force=FLAGS)
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
                self.moved += 1

    @step(1, tenant=TENANTS, who=PEOPLE)
    def list_rings(self, tenant: int, who: str) -> None:
        answer = self.ask(tenant, who, "GET", "/key_rings")
        if not may(who, "list_rings"):
            require(answer, NOBODY)
            return
        require(answer, (200, None))
        listed = [one["id"] for one in answer.json["resources"]]
        assert (listed[0], sorted(listed[1:])) == ("default", sorted(self.models[tenant].rings))

    @step(4, tenant=TENANTS, who=PEOPLE, number=NUMBERS, ring=(*_RINGS, "default"))
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

    @step(3, tenant=TENANTS, who=PEOPLE, number=NUMBERS, alias=_ALIASES)
    def alias(self, tenant: int, who: str, number: int, alias: str) -> None:
        key = self.pick(tenant, number)
        answer = self.ask(tenant, who, "POST", f"/keys/{self.name_of(key, number)}/aliases/{alias}")
        if self.refused(answer, key, "alias", who) or key is None:
            return
        if alias in self.models[tenant].aliases():
            require(answer, (409, "KEY_ALIAS_NOT_UNIQUE_ERR"))
        elif len(key.aliases) == _MOST:
            require(answer, (409, "KEY_ALIAS_QUOTA_ERR"))
        else:
            require(answer, (201, None))
            assert (answer.resource["keyId"], answer.resource["alias"]) == (key.id, alias)
            key.aliases.add(alias)

    @step(2, tenant=TENANTS, who=PEOPLE, number=NUMBERS, alias=_ALIASES)
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

    @step(2, tenant=TENANTS, who=PEOPLE, alias=_ALIASES)
    def read_by_alias(self, tenant: int, who: str, alias: str) -> None:
        answer = self.ask(tenant, who, "GET", f"/keys/{alias}/metadata")
        owner = self.models[tenant].aliases().get(alias)
        if not self.refused(answer, owner, "metadata", who) and owner is not None:
            assert answer.resource["id"] == owner.id

    @step(2, tenant=TENANTS, who=STRONG, number=NUMBERS, first=NUMBERS)
    def name_fully(self, tenant: int, who: str, number: int, first: int) -> None:
        """Give a key one name more than a key may have, as far as they are free."""
        mine = self.pick(tenant, number)
        taken = [name for name, key in self.models[tenant].aliases().items() if key is not mine]
        free = [name for name in _ALIASES if name not in taken]
        for at in range(min(len(free), _MOST + 1)):
            self.alias(tenant, who, number, free[(first + at) % len(free)])

    @step(1, tenant=TENANTS, who=STRONG, number=NUMBERS)
    def take_names(self, tenant: int, who: str, number: int) -> None:
        """Take all its names from a key."""
        key = self.pick(tenant, number)
        for alias in sorted(key.aliases) if key is not None else ():
            self.unalias(tenant, who, number, alias)
