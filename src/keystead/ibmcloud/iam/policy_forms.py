"""Policies in the two forms of the API; only the second one has conditions on time.

Source: ``spec/iam-and-provisioning.md`` section 3.6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from keystead.client.errors import BadInput
from keystead.ibmcloud.call import Resource
from keystead.ibmcloud.words import Line, WrongUsage

Version = Literal["v1", "v2"]
Kind = Literal["access", "authorization"]
Attributes = list[dict[str, str]]
"""Objects with ``name`` and ``value``, and with ``operator`` where it is not ``stringEquals``."""
_KEYED: Final = frozenset({"subject", "control", "resource", "rule", "pattern"})
"""Members that the second form has alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a policy says."""

    kind: Kind
    subject: Attributes
    roles: list[str]  # their CRNs
    resource: Attributes
    tags: Attributes = field(default_factory=list)
    description: str | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)  # ``pattern`` and ``rule``, if there are any

    def body(self, version: Version) -> Resource:
        """Return it as *version* of the API takes it."""
        roles = [{"role_id": it} for it in self.roles]
        head: Resource = {"type": self.kind}
        if self.description is not None:
            head["description"] = self.description
        tags = {"tags": self.tags} if self.tags else {}
        if version == "v1":
            resource = {"attributes": self.resource, **tags}
            return {
                **head,
                "subjects": [{"attributes": self.subject}],
                "roles": roles,
                "resources": [resource],
            }
        tags = {"tags": _keyed(self.tags)} if self.tags else {}
        return {
            **head,
            "subject": {"attributes": _keyed(self.subject)},
            "control": {"grant": {"roles": roles}},
            "resource": {"attributes": _keyed(self.resource), **tags},
            **self.condition,
        }


def exactly(attributes: Mapping[str, str]) -> Attributes:
    """Return *attributes*, each of which is to be just that."""
    return [{"name": name, "value": value} for name, value in attributes.items()]


def version_of(line: Line, whole: Resource | None = None) -> Version:
    """Return which form is meant: the one that is named, and that the file has, where there is one."""
    named = line.text("api-version")
    known = next((it for it in get_args(Version) if it == named), None)
    if named is not None and known is None:
        raise WrongUsage("The value of '--api-version' must be v1 or v2.")
    if whole is None:
        return known or "v1"
    found: Version = "v1" if _KEYED.isdisjoint(whole) else "v2"
    if known not in (None, found):
        raise WrongUsage(f"The file of '--file' has a policy in the form of {found}, not of {known}.")
    return found


def completed(whole: Resource, version: Version, kind: Kind, subject: str | None = None) -> Resource:
    """Return the policy of a file as one of *kind*, for *subject*, where the command names one."""
    if whole.get("type", kind) != kind:
        raise BadInput(f"The policy of the file is not of type {kind}.")
    found = {**whole, "type": kind}
    if subject is None:
        return found
    wanted = {"iam_id": subject}
    member = "subjects" if version == "v1" else "subject"
    if not found.get(member):
        one = exactly(wanted)
        found[member] = [{"attributes": one}] if version == "v1" else {"attributes": _keyed(one)}
    if of_subject(found) != wanted:
        raise BadInput("The policy of the file is for somebody else than the command names.")
    return found


def of_subject(policy: Resource) -> dict[str, str]:
    """Return the attributes of a policy's subject."""
    return _values(policy.get("subjects") or policy.get("subject"))


def of_resource(policy: Resource) -> dict[str, str]:
    """Return the attributes of what a policy is on."""
    return _values(policy.get("resources") or policy.get("resource"))


def resource_of(policy: Resource) -> Attributes:
    """Return the same with their operators."""
    return _said(policy, "attributes")


def tags_in(policy: Resource) -> Attributes:
    """Return the access tags that a policy is on, of which no server here has any."""
    return _said(policy, "tags")


def roles_of(policy: Resource) -> list[Resource]:
    """Return a policy's roles; the second form has their CRNs alone."""
    keyed = (policy.get("control") or {}).get("grant") or {}
    return list(policy.get("roles") or keyed.get("roles") or [])


def condition_of(policy: Resource) -> dict[str, Any]:
    """Return what a policy says of when it holds; nothing where it always does."""
    return {name: policy[name] for name in ("pattern", "rule") if policy.get(name)}


def _keyed(attributes: Iterable[Mapping[str, str]]) -> Attributes:
    return [
        {"key": it["name"], "value": it["value"], "operator": it.get("operator", "stringEquals")}
        for it in attributes
    ]


def _name(attribute: Resource) -> str:
    return str(attribute.get("name") or attribute.get("key"))


def _operator(attribute: Resource) -> dict[str, str]:
    operator = attribute.get("operator") or "stringEquals"
    return {} if operator == "stringEquals" else {"operator": str(operator)}


def _said(policy: Resource, member: str) -> Attributes:
    return [
        {"name": _name(it), "value": str(it.get("value")), **_operator(it)}
        for it in _every(policy.get("resources") or policy.get("resource"), member)
    ]


def _values(of: object) -> dict[str, str]:
    return {_name(it): str(it.get("value")) for it in _every(of, "attributes")}


def _every(of: object, member: str) -> list[Resource]:
    """Return every *member* of one or several, whatever else a file or a server says there."""
    several = of if isinstance(of, list) else [of]
    every = [one.get(member) for one in several if isinstance(one, dict)]
    return [it for some in every if isinstance(some, list) for it in some if isinstance(it, dict)]
