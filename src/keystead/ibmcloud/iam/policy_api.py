"""Policies and roles as the commands ask for them. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from keystead.client.errors import BadInput
from keystead.ibmcloud.call import Resource
from keystead.ibmcloud.door import at, decoded
from keystead.ibmcloud.iam.api import Identities, the_one
from keystead.ibmcloud.iam.policy_forms import Version, of_subject

_ROLES: Final = "/v2/roles"
_SORTS: Final = ("service_roles", "system_roles", "custom_roles")


class Policies(Identities):
    """The policies and roles of the account of the login."""

    def policies(self, version: Version = "v1", **wanted: str) -> list[Resource]:
        """Return every policy that has all of *wanted*."""
        params = {"account_id": self.account, **wanted}
        return list(decoded(self.ask("GET", f"/{version}/policies", params), Resource).get("policies") or [])

    def policy(self, policy_id: str, subject: str | None, version: Version = "v1") -> tuple[Resource, str]:
        """Return a policy of *subject*, or an authorization, and its tag; `BadInput` for another's."""
        answer = self.ask("GET", at(f"{version}/policies", policy_id))
        found = decoded(answer, Resource)
        whose = of_subject(found).get("iam_id")
        if whose != subject or found.get("state") != "active":
            raise BadInput(f"Policy {policy_id} was not found.")
        return found, answer.headers.get("etag") or "*"

    def create(self, version: Version, body: Resource) -> Resource:
        """Make a policy."""
        return self.one("POST", f"/{version}/policies", body)

    def replace(self, version: Version, policy: Resource, body: Resource, tag: str) -> Resource:
        """Replace *policy* in the state that *tag* names."""
        place = at(f"{version}/policies", str(policy["id"]))
        return self.one("PUT", place, body, {"if-match": tag})

    def delete(self, policy: Resource) -> None:
        """Delete a policy."""
        self.ask("DELETE", at("v1/policies", str(policy["id"])))

    def roles(self, service: str | None, **wanted: str) -> dict[str, list[Resource]]:
        """Return roles of three sorts, those of services for *service*."""
        params = {"account_id": self.account, **wanted}
        if service is not None:
            params["service_name"] = service
        found = decoded(self.ask("GET", _ROLES, params), Resource)
        return {sort: list(found.get(sort) or []) for sort in _SORTS}

    def role_ids(self, names: Iterable[str], service: str | None, **wanted: str) -> list[str]:
        """Return the CRNs of the roles that *names* names; `BadInput` where one is not there."""
        every = [role for some in self.roles(service, **wanted).values() for role in some]
        return [str(_role(every, name)["crn"]) for name in names]

    def custom_role(self, name: str) -> Resource:
        """Return the role of the account with this name or id; `BadInput` unless there is exactly one."""
        return the_one(self.roles(None)["custom_roles"], "Role", name)

    def user(self, name: str) -> str:
        """Return the IAM id of a user, who is named by it; oneself also by the e-mail address."""
        if "@" not in name:
            return name
        if name.lower() != self.email.lower():
            raise BadInput(f"Only you are known by your e-mail address here. Give the IAM id of {name}.")
        return self.iam_id

    def service_id(self, name: str) -> str:
        """Return the IAM id of a service id, by name or id; `BadInput` unless there is exactly one."""
        return str(the_one(self.service_ids(), "Service ID", name)["iam_id"])

    def profile(self, name: str) -> str:
        """Return the IAM id of a trusted profile, by name or id; as `service_id`."""
        return str(the_one(self.profiles(), "Trusted profile", name)["iam_id"])


def _role(every: list[Resource], name: str) -> Resource:
    for role in every:
        tail = str(role.get("crn")).rpartition(":")[2]
        if name in (role.get("crn"), role.get("display_name"), tail):
            return role
    raise BadInput(f"Role {name} was not found.")


def role_at(role: Resource) -> str:
    """Return the path of a role of the account."""
    return f"{_ROLES}/{quote(str(role['id']), safe='')}"
