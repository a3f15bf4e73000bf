"""DEKs: wrapped, unwrapped and rewrapped, with their own key and AAD or with any other."""

import os
from typing import Any

from model.machine import FLAGS, NUMBERS, PEOPLE, TENANTS, Base, require, text
from model.reference import Blob, ModelKey
from model.walk import step

_AADS = ((), ("a",), ("a", "b"))


class Deks(Base):
    """Steps with DEKs."""

    @step(3, tenant=TENANTS, who=PEOPLE, number=NUMBERS, aad=_AADS)
    def wrap(self, tenant: int, who: str, number: int, aad: tuple[str, ...]) -> None:
        key = self.pick(tenant, number)
        dek = text(os.urandom(32))
        path = f"/keys/{self.name_of(key, number)}/actions/wrap"
        answer = self.ask(tenant, who, "POST", path, {"plaintext": dek, "aad": list(aad)})
        if self.refused(answer, key, "wrap", who) or key is None:
            return
        require(answer, (200, None))
        assert answer.json["keyVersion"]["id"] == key.versions[-1]
        assert "plaintext" not in answer.json
        self.blobs.append(Blob(key.id, key.versions[-1], dek, aad, answer.json["ciphertext"]))

    @step(3, tenant=TENANTS, who=PEOPLE, number=NUMBERS, blob=NUMBERS, own=FLAGS, aad=_AADS)
    def unwrap(self, tenant: int, who: str, number: int, blob: int, own: bool, aad: tuple[str, ...]) -> None:
        self.open("unwrap", tenant, who, number, blob, own=own, aad=aad)

    @step(2, tenant=TENANTS, who=PEOPLE, number=NUMBERS, blob=NUMBERS, own=FLAGS, aad=_AADS)
    def rewrap(self, tenant: int, who: str, number: int, blob: int, own: bool, aad: tuple[str, ...]) -> None:
        self.open("rewrap", tenant, who, number, blob, own=own, aad=aad)

    def open(
        self,
        operation: str,
        tenant: int,
        who: str,
        number: int,
        blob: int,
        *,
        own: bool,
        aad: tuple[str, ...],
    ) -> None:
        """Open any blob with any key; mostly one with its own key, and its own AAD where *own* says so."""
        if not self.blobs:
            return
        chosen = self.blobs[blob % len(self.blobs)]
        key = self.models[tenant].keys.get(chosen.key) if own else self.pick(tenant, number)
        strings = chosen.aad if own else aad
        body = {"ciphertext": chosen.ciphertext, "aad": list(strings)}
        path = f"/keys/{self.name_of(key, number)}/actions/{operation}"
        answer = self.ask(tenant, who, "POST", path, body)
        if self.refused(answer, key, operation, who) or key is None:
            return
        if (key.id, strings) != (chosen.key, chosen.aad):
            require(answer, (422, "UNPROCESSABLE_CIPHERTEXT_ERR"))
            return
        require(answer, (200, None))
        self.opened(operation, key, chosen, answer.json)

    @step(0)
    def open_last(self, operation: str, tenant: int, who: str, number: int) -> None:
        """Open the blob that was made last."""
        self.open(operation, tenant, who, number, len(self.blobs) - 1, own=True, aad=())

    def opened(self, operation: str, key: ModelKey, blob: Blob, found: Any) -> None:
        old = blob.version != key.versions[-1]
        assert found["keyVersion"]["id"] == blob.version
        assert found.get("plaintext") == (blob.dek if operation == "unwrap" else None)
        assert ("ciphertext" in found) is (old or operation == "rewrap")
        if "ciphertext" in found:
            assert found["rewrappedKeyVersion"]["id"] == key.versions[-1]
            self.blobs.append(Blob(key.id, key.versions[-1], blob.dek, blob.aad, found["ciphertext"]))
