"""Policies of the instance, and what they do to keys that are made, imported and rotated afterwards."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from api import envelope
from model.machine import NOBODY, Base, may, people, require, tenants
from model.reference import SWITCHES


class InstancePolicies(Base):
    """Rules for instance policies. Source: ``spec/kms-api.md`` section 2.9."""

    @rule(
        tenant=tenants,
        who=people,
        enabled=st.booleans(),
        switches=st.dictionaries(st.sampled_from(SWITCHES), st.booleans(), min_size=1),
    )
    def create_import_access(self, tenant: int, who: str, enabled: bool, switches: dict[str, bool]) -> None:
        data = {"enabled": enabled, "attributes": switches}
        if self.instance_policy(tenant, who, "keyCreateImportAccess", data):
            defaults = {name: name != "enforce_token" for name in SWITCHES}
            self.models[tenant].switches = {**defaults, **switches} if enabled else None

    @rule(tenant=tenants, who=people, enabled=st.booleans())
    def dual_auth_for_new_keys(self, tenant: int, who: str, enabled: bool) -> None:
        if self.instance_policy(tenant, who, "dualAuthDelete", {"enabled": enabled}):
            self.models[tenant].dual_auth = enabled

    @rule(tenant=tenants, who=people, months=st.sampled_from([None, 1, 3]))
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
