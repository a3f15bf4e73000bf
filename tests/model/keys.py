"""Keys: changed, rotated, shown and listed, by anybody in any state."""

from typing import Any

from api import envelope
from model.machine import FLAGS, NUMBERS, PEOPLE, TENANTS, may, require, target
from model.reference import DESTROYED, ModelKey
from model.tokens import WAYS, Tokens
from model.walk import step

SIMPLE = (
    "disable",
    "enable",
    "delete",
    "restore",
    "purge",
    "setKeyForDeletion",
    "unsetKeyForDeletion",
    "sync",
)
_OFTEN = (*SIMPLE, "disable", "enable", "restore", "restore")  # a key that is deleted is good for little
_TOLD = frozenset({"disable", "enable", "delete", "restore", "sync"})
_STATUS = {"delete": 204, "purge": 204, "restore": 201}


class Keys(Tokens):
    """Steps with keys."""

    @step(10, tenant=TENANTS, who=PEOPLE, operation=_OFTEN, number=NUMBERS, force=FLAGS)
    def change(self, tenant: int, who: str, operation: str, number: int, *, force: bool = False) -> None:
        key, forced = self.pick(tenant, number), force and operation == "delete"
        method, path = target(operation, self.name_of(key, number))
        answer = self.ask(tenant, who, method, f"{path}?force=true" if forced else path)
        if self.refused(answer, key, operation, who, force=forced) or key is None:
            return
        require(answer, (_STATUS.get(operation, 204), None))
        key.happens(operation, self.now, who)
        if operation in _TOLD:
            self.tell(tenant, key, key.last_kind() if operation == "sync" else operation)
        if operation == "purge":
            self.models[tenant].forget(key)

    @step(4, tenant=TENANTS, who=PEOPLE, number=NUMBERS, how=(None, *WAYS))
    def rotate(self, tenant: int, who: str, number: int, how: str | None) -> None:
        key, model = self.pick(tenant, number), self.models[tenant]
        brought = self.bring(tenant, how)
        path = f"/keys/{self.name_of(key, number)}/actions/rotate"
        answer = self.ask(tenant, who, "POST", path, brought.fields or None)
        if self.refused(answer, key, "rotate", who, payload=how is not None) or key is None:
            return
        verdict = model.access(root=True, way=brought.way, by_token=brought.by_token) or model.opening(
            brought, self.now
        )
        if verdict is not None:
            require(answer, verdict)
            return
        require(answer, (204, None))
        self.note_new_version(tenant, key)

    def note_new_version(self, tenant: int, key: ModelKey) -> None:
        shown = self.ask(tenant, "owner", "GET", f"/keys/{key.id}/metadata").resource
        assert shown["keyVersion"]["id"] not in key.versions
        key.versions.append(shown["keyVersion"]["id"])
        key.rotated = key.acted = self.now
        self.tell(tenant, key, "rotate")

    @step(3, tenant=TENANTS, who=PEOPLE, number=NUMBERS, wish=(1, 3, 12, True, False))
    def policies(self, tenant: int, who: str, number: int, wish: int | bool) -> None:
        key = self.pick(tenant, number)
        rotation = not isinstance(wish, bool)
        kind, says = (
            ("rotation", {"interval_month": wish}) if rotation else ("dualAuthDelete", {"enabled": wish})
        )
        path = f"/keys/{self.name_of(key, number)}/policies?policy={kind}"
        answer = self.ask(tenant, who, "PUT", path, envelope(**{kind: says}))
        if self.refused(answer, key, "policies", who) or key is None:
            return
        if rotation and (key.imported or not key.root):
            require(answer, (400, "KEY_PAYLOAD_REQ_ERR" if key.root else "KEY_ROOT_REQ_ERR"))
        elif not rotation and key.dual_auth and not wish:
            require(answer, (400, "INVALID_FIELD_ERR"))
        else:
            require(answer, (200, None))
            if rotation:
                key.rotate_every(int(wish), self.now)
            else:
                key.dual_auth = bool(wish)

    @step(
        4,
        tenant=TENANTS,
        who=PEOPLE,
        number=NUMBERS,
        what=("read", "metadata", "versions"),
        ring=(None, None, None, "default", "ring-a"),
    )
    def read(self, tenant: int, who: str, number: int, what: str, ring: str | None = None) -> None:
        key = self.pick(tenant, number)
        path = f"/keys/{self.name_of(key, number)}" + ("" if what == "read" else f"/{what}")
        if key is not None and ring not in (None, key.ring):
            key = None  # to whoever names another ring it is not there
        answer = self.ask(tenant, who, "GET", path, ring=ring)
        if self.refused(answer, key, what, who) or key is None:
            return
        require(answer, (200, None))
        if what == "versions":
            assert [one["id"] for one in answer.json["resources"]] == key.versions[::-1]
        else:
            self.require_shown(key, answer.resource, material=what == "read")

    def require_shown(self, key: ModelKey, shown: Any, *, material: bool) -> None:
        state = key.state(self.now)
        assert (shown["id"], shown["state"], shown["imported"]) == (key.id, state, key.imported)
        assert (shown["keyRingID"], sorted(shown.get("aliases", []))) == (key.ring, sorted(key.aliases))
        assert shown["deleted"] is (state == DESTROYED)
        assert ("payload" in shown) is (material and not key.root and state != DESTROYED)
        assert shown.get("keyVersion", {}).get("id") == (key.versions[-1] if key.root else None)
        assert ("lastRotateDate" in shown) is (key.rotated is not None)
        assert shown.get("rotation", {}).get("interval_month") == (
            key.rotation.months if key.rotation else None
        )
        assert shown.get("dualAuthDelete", {}).get("enabled", False) is key.dual_auth
        if key.dual_auth:
            assert shown["dualAuthDelete"]["keySetForDeletion"] is (key.approval(self.now) is not None)

    @step(
        2,
        tenant=TENANTS,
        who=PEOPLE,
        states=("", "1", "2", "3", "5", "1,2,3,5"),
        ring=(None, None, "default", "ring-a"),
    )
    def list(self, tenant: int, who: str, states: str, ring: str | None) -> None:
        wanted = [int(state) for state in states.split(",")] if states else [1, 2, 3]
        expected = sorted(
            key.id
            for key in self.models[tenant].keys.values()
            if key.state(self.now) in wanted and ring in (None, key.ring)
        )
        query = f"?state={states}" if states else ""
        answer = self.ask(tenant, who, "GET", f"/keys{query}", None, ring)
        head = self.ask(tenant, who, "HEAD", f"/keys{query}", None, ring)
        if not may(who, "list"):
            assert (answer.status, head.status) == (401, 401)
            return
        assert [one["id"] for one in answer.json["resources"]] == expected
        assert head.headers["key-total"] == str(len(expected))

    @step(1, tenant=TENANTS)
    def look_over(self, tenant: int) -> None:
        """The owner reads every key, in whatever state."""
        self.list(tenant, "owner", "1,2,3,5", None)
        for key in self.models[tenant].keys.values():
            shown = self.ask(tenant, "owner", "GET", f"/keys/{key.id}/metadata")
            self.require_shown(key, shown.resource, material=False)
        self.require_nothing_left(tenant)
        self.require_told(tenant)

    def require_nothing_left(self, tenant: int) -> None:
        """What was registered with keys that were purged went with them; no answer could tell."""
        store, instance = self.bench.home.service.store, self.tenants[tenant]["owner"].instance.id
        there = self.bench.runner.run(store.registrations(instance, None))
        assert {it.key for it in there} <= self.models[tenant].keys.keys()
