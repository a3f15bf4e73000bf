"""Keys: made, changed, rotated, shown and listed, by anybody in any state."""

import os
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from api import envelope
from model.machine import NOBODY, Base, may, numbers, people, require, target, tenants, text
from model.reference import DESTROYED, ModelKey

SIMPLE = ("disable", "enable", "delete", "restore", "purge", "setKeyForDeletion", "unsetKeyForDeletion")
MOST_KEYS = 4  # of a tenant: the fewer, the more happens to each
_STATUS = {"delete": 204, "purge": 204, "restore": 201}


class Keys(Base):
    """Rules for keys."""

    @rule(
        tenant=tenants,
        who=people,
        kind=st.sampled_from(["generated", "generated", "imported", "standard", "imported standard"]),
        lives=st.sampled_from([None, None, 600, 86_400 * 40]),
        number=numbers,
    )
    def create(self, tenant: int, who: str, kind: str, lives: int | None, number: int) -> None:
        model = self.models[tenant]
        if len(model.keys) >= MOST_KEYS:
            return
        imported, root = "imported" in kind, "standard" not in kind
        ring = model.any_ring(number)
        body = envelope(
            name="a key",
            extractable=not root,
            **({"payload": text(os.urandom(32))} if imported else {}),
            **({} if lives is None else {"expirationDate": f"{self.now + timedelta(seconds=lives):%FT%TZ}"}),
        )
        answer = self.ask(tenant, who, "POST", "/keys", body, ring)
        if not may(who, "create"):
            require(answer, NOBODY)
            return
        verdict = model.creation(ring, root=root, imported=imported)
        if verdict is not None:
            require(answer, verdict)
            return
        require(answer, (201, None))
        made = answer.resource
        model.add(
            ModelKey(
                id=made["id"],
                root=root,
                imported=imported,
                made=self.now,
                versions=[made["keyVersion"]["id"]] if root else [],
                expires=None if lives is None else self.now.replace(microsecond=0) + timedelta(seconds=lives),
                ring=ring or "default",
            )
        )

    @rule(tenant=tenants, who=people, operation=st.sampled_from(SIMPLE), number=numbers)
    def change(self, tenant: int, who: str, operation: str, number: int) -> None:
        key = self.pick(tenant, number)
        answer = self.ask(tenant, who, *target(operation, self.name_of(key, number)))
        if self.refused(answer, key, operation, who) or key is None:
            return
        require(answer, (_STATUS.get(operation, 204), None))
        key.happens(operation, self.now, who)
        if operation == "purge":
            self.models[tenant].forget(key)

    @rule(tenant=tenants, who=people, number=numbers, payload=st.booleans())
    def rotate(self, tenant: int, who: str, number: int, payload: bool) -> None:
        key, model = self.pick(tenant, number), self.models[tenant]
        body = {"payload": text(os.urandom(16))} if payload else None
        path = f"/keys/{self.name_of(key, number)}/actions/rotate"
        answer = self.ask(tenant, who, "POST", path, body)
        if self.refused(answer, key, "rotate", who, payload=payload) or key is None:
            return
        verdict = model.access(root=True, imported=payload)
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

    @rule(tenant=tenants, who=people, number=numbers, wish=st.sampled_from([1, 3, 12, True, False]))
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

    @rule(
        tenant=tenants,
        who=people,
        number=numbers,
        what=st.sampled_from(["read", "metadata", "versions"]),
        ring=st.sampled_from([None, None, None, "default", "ring-a"]),
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
        if key.dual_auth:
            assert shown["dualAuthDelete"]["keySetForDeletion"] is (key.approval(self.now) is not None)

    @rule(
        tenant=tenants,
        who=people,
        states=st.sampled_from(["", "1", "2", "3", "5", "1,2,3,5"]),
        ring=st.sampled_from([None, None, "default", "ring-a"]),
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
