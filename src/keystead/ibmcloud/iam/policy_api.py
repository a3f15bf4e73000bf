"""Policies and roles as the commands ask for them. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from keystead.client.errors import BadInput
from keystead.ibmcloud.call import Resource
from keystead.ibmcloud.door import at, decoded
from keystead.ibmcloud.iam.api import Identities, the_one
from keystead.ibmcloud.iam.policy_forms import Version, of_subject

_ROLES: Final = "/v2/roles"
_SORTS: Final = ("service_roles", "system_roles", "custom_roles")


Subject = Mapping[str, str]
"""Whose a policy is: one attribute and its value, such as ``iam_id`` and an IAM id."""


class Policies(Identities):
    """The policies and roles of the account of the login."""

    def policies(self, version: Version = "v1", **wanted: str) -> list[Resource]:
        """Return every policy that has all of *wanted*."""
        params = {"account_id": self.account, **wanted}
        return list(decoded(self.ask("GET", f"/{version}/policies", params), Resource).get("policies") or [])

    def policy(
        self, policy_id: str, subject: Subject | None, version: Version = "v1"
    ) -> tuple[Resource, str]:
        """Return a policy of *subject*, or an authorization, and its tag; `BadInput` for another's."""
        answer = self.ask("GET", at(f"{version}/policies", policy_id))
        found = decoded(answer, Resource)
        is_one = found.get("type") == "authorization"
        is_wanted = is_one if subject is None else of_subject(found) == subject
        if not is_wanted or found.get("state") != "active":
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
        """Return the IAM id of a user, who is named by it or by the e-mail address.

        Raises:
            BadInput: no user of the account has that address.
        """
        if "@" not in name:
            return name
        if name.lower() == self.email.lower():  # oneself, who need not be allowed to see the others
            return self.iam_id
        found = decoded(
            self.ask("GET", at("v2/accounts", self.account, "/users"), {"user_id": name}), Resource
        )
        ids = [str(one["iam_id"]) for one in found.get("resources") or []]
        if len(ids) != 1:
            raise BadInput(
                f"{len(ids) or 'No'} users of the account have the address {name}. Give the IAM id."
            )
        return ids[0]

    def service_id(self, name: str) -> str:
        """Return the IAM id of a service id, by name or id; `BadInput` unless there is exactly one."""
        return str(the_one(self.service_ids(), "Service ID", name)["iam_id"])

    def profile(self, name: str) -> str:
        """Return the IAM id of a trusted profile, by name or id; as `service_id`."""
        return str(the_one(self.profiles(), "Trusted profile", name)["iam_id"])

    def member(self, kind: str, name: str) -> str:
        """Return the IAM id of a user, ``service-id`` or ``trusted-profile``; errors as each of them."""
        if kind == "user":
            return self.user(name)
        return self.service_id(name) if kind == "service-id" else self.profile(name)

    def group(self, name: str) -> str:
        """Return the id of an access group, by name or id; as `service_id`."""
        return str(the_one(self.groups(), "Access group", name)["id"])


def _role(every: list[Resource], name: str) -> Resource:
    for role in every:
        tail = str(role.get("crn")).rpartition(":")[2]
        if name in (role.get("crn"), role.get("display_name"), tail):
            return role
    raise BadInput(f"Role {name} was not found.")


def role_at(role: Resource) -> str:
    """Return the path of a role of the account."""
    return f"{_ROLES}/{quote(str(role['id']), safe='')}"
