"""Policies of the instance, and what they do to keys that are made, imported and rotated afterwards."""

from itertools import product

from api import envelope
from model.machine import FLAGS, NOBODY, PEOPLE, TENANTS, Base, may, require
from model.tenant import SWITCHES
from model.walk import step

SETTINGS = tuple(
    {name: value for name, value in zip(SWITCHES, values, strict=True) if value is not None}
    for values in product((None, False, True), repeat=len(SWITCHES))
    if any(value is not None for value in values)
)


class InstancePolicies(Base):
    """Steps with instance policies. Source: ``spec/kms-api.md`` section 2.9."""

    @step(
        3,
        tenant=TENANTS,
        who=PEOPLE,
        enabled=FLAGS,
        switches=SETTINGS,
    )
    def create_import_access(self, tenant: int, who: str, enabled: bool, switches: dict[str, bool]) -> None:
        data = {"enabled": enabled, "attributes": switches}
        if self.instance_policy(tenant, who, "keyCreateImportAccess", data):
            defaults = {name: name != "enforce_token" for name in SWITCHES}
            self.models[tenant].switches = {**defaults, **switches} if enabled else None

    @step(2, tenant=TENANTS, who=PEOPLE, enabled=FLAGS)
    def dual_auth_for_new_keys(self, tenant: int, who: str, enabled: bool) -> None:
        if self.instance_policy(tenant, who, "dualAuthDelete", {"enabled": enabled}):
            self.models[tenant].dual_auth = enabled

    @step(2, tenant=TENANTS, who=PEOPLE, months=(None, 1, 3))
    def rotation_for_new_keys(self, tenant: int, who: str, months: int | None) -> None:
        attributes = {} if months is None else {"attributes": {"interval_month": months}}
        data = {"enabled": months is not None, **attributes}
        if self.instance_policy(tenant, who, "rotation", data):
            self.models[tenant].rotation = months

    def instance_policy(self, tenant: int, who: str, kind: str, data: dict[str, object]) -> bool:
        """Set a policy, and tell whether that was done."""
        body = envelope(policy_type=kind, policy_data=data)
        answer = self.ask(tenant, who, "PUT", f"/instance/policies?policy={kind}", body)
        require(answer, (204, None) if may(who, "instance_policy") else NOBODY)
        return may(who, "instance_policy")
