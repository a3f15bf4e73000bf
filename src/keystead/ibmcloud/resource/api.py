"""The resource controller, as the commands ask it. Source: ``spec/iam-and-provisioning.md`` section 5."""

from typing import Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from keystead.client.errors import BadInput
from keystead.domain.ids import is_uuid
from keystead.ibmcloud import places
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import Door, at, decoded, stored_login

_INSTANCES = "/v2/resource_instances"
_PAGES = 100  # more of them than a server can have


class _Page(msgspec.Struct):
    resources: list[Resource]
    next_url: str | None = None


class Controller(Door):
    """What the account of the login has."""

    @classmethod
    def open(cls, call: Call) -> Self:
        """Connect; `BadInput` without a login."""
        stored, transport, login = stored_login(call)
        beside = places.beside_controller(call.environment, stored)
        return cls(transport, places.controller(call.environment, stored), login, beside)

    def instances(self, **wanted: str) -> list[Resource]:
        """Return every instance that has all of *wanted*, page by page."""
        found: list[Resource] = []
        params = wanted
        for _ in range(_PAGES):
            page = decoded(self.ask("GET", _INSTANCES, params), _Page)
            found += page.resources
            if not page.next_url:
                break
            params = dict(parse_qsl(urlsplit(page.next_url).query))
        return found

    def named(self, name: str) -> list[Resource]:
        """Return the instances that *name* names: one by id or CRN, or all with that name.

        Raises:
            BadInput: there is none.
        """
        if name.startswith("crn:"):
            found = [self.one("GET", instance_at(name))]
        else:
            found = self.instances(guid=name) if is_uuid(name) else self.instances(name=name)
        if not found:
            raise BadInput(f"Service instance {name} was not found.")
        return found

    def groups(self) -> list[Resource]:
        """Return the resource groups of the account."""
        return decoded(self.ask("GET", "/v2/resource_groups"), _Page).resources

    def group(self, name: str | None) -> Resource:
        """Return the resource group with this id or name, or the default one; `BadInput` if none is."""
        for group in self.groups():
            known = (group.get("id"), str(group.get("name")).casefold())
            if group.get("default") if name is None else name.casefold() in known:
                return group
        raise BadInput(f"Resource group {name or 'Default'} was not found.")

    def group_id(self, name: str | None) -> str:
        """Return the id of what `group` returns."""
        return str(self.group(name)["id"])

    def reclamations(self, wanted: dict[str, str]) -> list[Resource]:
        """Return the reclamations that are as *wanted*."""
        return decoded(self.ask("GET", "/v1/reclamations", wanted), _Page).resources

    def plan_id(self, service: str, plan: str) -> str:
        """Return the id of a plan, by name or id, in the catalog; `BadInput` if there is none."""
        for one in self.entries(service):
            if service in (one.get("name"), one.get("id")):
                for found in self.children(one, "plan"):
                    if plan in (found.get("name"), found.get("id")):
                        return str(found["id"])
        raise BadInput(f"There is no plan {plan} of a service {service}.")

    def entries(self, words: str) -> list[Resource]:
        """Return the services of the catalog that have all *words* in their names."""
        return decoded(self.ask("GET", "/api/v1/", {"q": words}), _Page).resources

    def children(self, entry: Resource, kind: str) -> list[Resource]:
        """Return what *entry* of the catalog is the parent of, of one *kind*."""
        return decoded(self.ask("GET", at("api/v1", str(entry["id"]), f"/{kind}")), _Page).resources


def instance_at(name: str, below: str = "") -> str:
    """Return the path of an instance, by id or CRN."""
    return at("v2/resource_instances", name, below)
