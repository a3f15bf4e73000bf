"""Keys: made by the service or brought, with or without a token, through either door."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

from api import envelope
from model.instance import InstancePolicies
from model.keys import Keys
from model.machine import FLAGS, NOBODY, NUMBERS, PEOPLE, STRONG, TENANTS, may, require
from model.reference import ModelKey
from model.registrations import Registrations
from model.tenant import NewKey, ends
from model.tokens import KINDS, WAYS
from model.walk import step

MOST_KEYS = 5  # of a tenant: the fewer, the more happens to each
_NAMES: Sequence[tuple[str, ...]] = (
    (),
    (),
    (),
    ("name-0",),
    ("name-1", "name-2"),
    tuple(f"name-{number}" for number in range(2, 7)),
    tuple(f"name-{number}" for number in range(6)),  # one too many
)


_POLICIES = ((None, False), (None, False), (1, False), (None, True), (3, True))
_THRICE = tuple(product((way for way in WAYS if way != "plain"), repeat=3))


class Making(Keys, InstancePolicies, Registrations):
    """The step that makes keys. Source: ``spec/kms-api.md`` sections 2.4, 2.9 and 4.5."""

    @step(
        10,
        tenant=TENANTS,
        who=PEOPLE,
        root=(False, True, True, True),
        way=(None, None, None, None, *WAYS),
        overrides=FLAGS,
        policies=_POLICIES,
        aliases=_NAMES,
        lives=(None, None, 600, 600, 86_400 * 40),
        number=NUMBERS,
    )
    def make(
        self,
        tenant: int,
        who: str,
        number: int,
        *,
        root: bool,
        way: str | None,
        overrides: bool = False,
        policies: tuple[int | None, bool] = (None, False),
        aliases: tuple[str, ...] = (),
        lives: int | None = None,
        most: int = MOST_KEYS,
    ) -> None:
        """Have a key made; where there are enough, only one that is to be refused is asked for."""
        brought, (months, dual_auth), model = self.bring(tenant, way), policies, self.models[tenant]
        new = NewKey(root, brought, overrides, months, dual_auth, aliases, lives)
        ring, operation = model.any_ring(number), "create_with_overrides" if overrides else "create"
        verdict = model.creation(new, ring, self.now) if may(who, operation) else NOBODY
        if verdict is None and len(model.keys) >= most:
            return
        path = "/keys_with_policy_overrides" if overrides else "/keys"
        answer = self.ask(tenant, who, "POST", path, self._wished(new), ring)
        require(answer, verdict or (201, None))
        if verdict is None:
            self._add(tenant, new, ring, answer.resource)

    def _wished(self, new: NewKey) -> dict[str, object]:
        """Return a body; what it says of policies is passed over where they are the instance's."""
        wish: dict[str, Any] = {**new.brought.fields, "name": "a key", "extractable": not new.root}
        if new.aliases:
            wish["aliases"] = list(new.aliases)
        if new.lives is not None:
            wish["expirationDate"] = f"{self.now + timedelta(seconds=new.lives):%FT%TZ}"
        if new.months is not None:
            wish["rotation"] = {"interval_month": new.months}
        if new.dual_auth:
            wish["dualAuthDelete"] = {"enabled": True}
        return envelope(**wish)

    def _add(self, tenant: int, new: NewKey, ring: str | None, made: Any) -> None:
        key = ModelKey(
            id=made["id"],
            root=new.root,
            imported=new.imported,
            made=self.now,
            versions=[made["keyVersion"]["id"]] if new.root else [],
            expires=ends(new.lives, self.now),
            ring=ring or "default",
            aliases=set(new.aliases),
        )
        self.models[tenant].add(key, new)
        shown = self.ask(tenant, "owner", "GET", f"/keys/{key.id}/metadata").resource
        self.require_shown(key, shown, material=False)

    @step(
        8,
        tenant=TENANTS,
        number=NUMBERS,
        root=(False, True, True),
        way=(None, None, None, None, "plain", "token"),
        overrides=FLAGS,
        policies=_POLICIES,
        months=(None, 1, 3),
    )
    def key_comes_and_goes(
        self,
        tenant: int,
        number: int,
        *,
        root: bool,
        way: str | None,
        overrides: bool,
        policies: tuple[int | None, bool],
        months: int | None,
    ) -> None:
        """Have one more key made than there is place for, with or without the instance's policy; purge it."""
        there, model = set(self.models[tenant].keys), self.models[tenant]
        self.rotation_for_new_keys(tenant, "manager", months)
        self.make(
            tenant,
            "owner",
            number,
            root=root,
            way=way,
            overrides=overrides,
            policies=policies,
            most=MOST_KEYS + 1,
        )
        for key in [key for name, key in model.keys.items() if name not in there]:
            mine = self.number_of(tenant, key)
            self.change(tenant, "manager", "setKeyForDeletion", mine)
            self.register(tenant, None, mine, owner="storage", resource="one")
            self.change(tenant, "owner", "delete", mine, force=True)
            self.wait(4 * 3600)
            self.change(tenant, "owner", "purge", mine)
            self.require_nothing_left(tenant)

    @step(
        4,
        tenant=TENANTS,
        who=STRONG,
        number=NUMBERS,
        ways=_THRICE,
        wait=(0, 0, 0, 601),
        kind=KINDS,
    )
    def token_has_a_life(
        self, tenant: int, who: str, number: int, *, ways: tuple[str, ...], wait: int, kind: str
    ) -> None:
        """Make a token, retrieve it, and bring material with it, soon or too late."""
        self.make_token(tenant, who, 600, 2, kind)
        self.read_token(tenant, who)
        self.wait(wait)
        for overrides in FLAGS:
            self.make(tenant, who, number, root=True, way=ways[0], overrides=overrides)
        for at, way in enumerate(ways[1:]):
            self.rotate(tenant, who, number + at, way)
        self.read_token(tenant, who)
