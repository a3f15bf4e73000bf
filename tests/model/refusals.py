"""Whatever a key refuses, asked for at once."""

from api import envelope
from model.machine import TENANTS, UNKNOWN, Base, require, target, text
from model.reference import STATES
from model.walk import step


class Refusals(Base):
    """The step that is refused all along."""

    @step(3, tenant=TENANTS, number=range(12))
    def ask_for_all_that_is_refused(self, tenant: int, number: int) -> None:
        """Whatever a key refuses just now, or one that never was, it refuses."""
        key, who = self.pick(tenant, number), "owner"
        for operation in STATES:
            verdict = UNKNOWN if key is None else key.verdict(operation, self.now, who)
            if verdict is not None:
                method, path = target(operation, self.name_of(key, number))
                require(self.ask(tenant, who, method, path, self.any_body(operation)), verdict)

    def any_body(self, operation: str) -> object:
        if operation in ("rotate", "move"):
            return {"keyRingID": "default"} if operation == "move" else None
        if operation == "policies":
            return envelope(dualAuthDelete={"enabled": True})
        return {"ciphertext": self.blobs[-1].ciphertext if self.blobs else text(bytes(120))}
