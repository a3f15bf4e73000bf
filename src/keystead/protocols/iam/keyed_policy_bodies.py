"""What the doors to policies are sent in the second form, that of ``/v2/policies``.

Source: ``spec/iam-and-provisioning.md`` section 3.6.
"""

from typing import Annotated, Any

import msgspec

from keystead.domain.attributes import Attribute, Operator
from keystead.domain.grant_rules import GrantOrder, bad_policy
from keystead.protocols.iam.policy_bodies import (
    MANY,
    Description,
    Name,
    Roles,
    Type,
    Value,
    grant_order,
    require_no_tags,
)
from keystead.protocols.iam.rule_bodies import RuleBody


class KeyedAttributeBody(msgspec.Struct, frozen=True):
    """An attribute in the second form."""

    key: Name
    value: Value
    operator: Operator = "stringEquals"

    def attribute(self) -> Attribute:
        """Return it."""
        return Attribute(name=self.key, value=self.value, operator=self.operator)


class KeyedSubjectBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is granted roles, in the second form."""

    attributes: Annotated[tuple[KeyedAttributeBody, ...], MANY]


class KeyedResourceBody(KeyedSubjectBody, frozen=True, forbid_unknown_fields=True):
    """What roles are granted on, in the second form."""

    tags: tuple[Any, ...] = ()


class GrantBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roles of the second form."""

    roles: Roles


class ControlBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What surrounds the roles of the second form."""

    grant: GrantBody


class KeyedPolicyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy in the second form.

    A rule that is misspelt, or stands elsewhere, is refused: to leave it out would grant for ever. What an
    answer says of a policy beside its own members may come back, for people change what they have read.
    """

    type: Type
    control: ControlBody
    subject: KeyedSubjectBody
    resource: KeyedResourceBody
    description: Description | None = None
    pattern: Name | None = None
    rule: RuleBody | None = None
    id: Any = None
    href: Any = None
    state: Any = None
    created_at: Any = None
    created_by_id: Any = None
    last_modified_at: Any = None
    last_modified_by_id: Any = None
    last_permit_at: Any = None
    last_permit_frequency: Any = None

    def order(self) -> GrantOrder:
        """Return what is wanted; `Refused` with ``POLICY_BODY``."""
        if self.rule is None and self.pattern is not None:
            raise bad_policy("a policy with a pattern has a rule, too")
        require_no_tags(self.resource.tags)
        return grant_order(
            self.type,
            tuple(it.attribute() for it in self.subject.attributes),
            tuple(it.attribute() for it in self.resource.attributes),
            self.control.grant.roles,
            self.description,
            when=None if self.rule is None else self.rule.when(self.pattern),
        )
