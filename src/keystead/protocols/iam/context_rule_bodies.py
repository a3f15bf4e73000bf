"""What the doors to context rules are sent.

Source: ``spec/iam-and-provisioning.md`` section 4.2; lengths as IBM's Terraform provider has them.
"""

from typing import Annotated

import msgspec

from keystead.domain.attributes import Operator
from keystead.domain.context_rules import (
    ALL_SERVICE_APIS,
    API_TYPES,
    MOST_CONTEXTS,
    Condition,
    ContextAttribute,
    Mode,
    RuleOrder,
)
from keystead.protocols.iam.context_bodies import Description

_AttributeName = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9_]+\Z", max_length=64)]
_Value = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class ConditionBody(msgspec.Struct, frozen=True):
    """An attribute of a resource."""

    name: _AttributeName
    value: _Value
    operator: Operator | None = None


class TagBody(msgspec.Struct, frozen=True):
    """A tag of a resource."""

    name: Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9 _.\-]+\Z", max_length=128)]
    value: Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9 _*?.\-]+\Z", max_length=1000)]
    operator: Operator | None = None


class ResourceBody(msgspec.Struct, frozen=True):
    """What a rule is about."""

    attributes: Annotated[tuple[ConditionBody, ...], msgspec.Meta(min_length=1, max_length=20)]
    tags: Annotated[tuple[TagBody, ...], msgspec.Meta(max_length=10)] | None = None


class ContextAttributeBody(msgspec.Struct, frozen=True):
    """A condition on where a request comes from."""

    name: _AttributeName
    value: _Value


class ContextBody(msgspec.Struct, frozen=True):
    """Conditions that must all be met."""

    attributes: Annotated[tuple[ContextAttributeBody, ...], msgspec.Meta(min_length=1, max_length=20)]


class ApiTypeBody(msgspec.Struct, frozen=True):
    """An API type by its CRN."""

    api_type_id: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class OperationsBody(msgspec.Struct, frozen=True):
    """The APIs that a rule is about."""

    api_types: Annotated[tuple[ApiTypeBody, ...], msgspec.Meta(min_length=1, max_length=len(API_TYPES))]


class RuleBody(msgspec.Struct, frozen=True):
    """A rule; one without contexts says so, for nothing opens it."""

    contexts: Annotated[tuple[ContextBody, ...], msgspec.Meta(max_length=MOST_CONTEXTS)]
    resources: Annotated[tuple[ResourceBody, ...], msgspec.Meta(min_length=1, max_length=1)]
    description: Description | None = None
    operations: OperationsBody | None = None
    enforcement_mode: Mode | None = None

    def order(self) -> RuleOrder:
        """Return what is wanted."""
        (about,) = self.resources
        types = (ALL_SERVICE_APIS,) if self.operations is None else _ids(self.operations)
        return RuleOrder(
            description=self.description or "",
            resource=tuple(map(_condition, about.attributes)),
            tags=tuple(map(_condition, about.tags or ())),
            contexts=tuple(
                tuple(ContextAttribute(name=it.name, value=it.value) for it in context.attributes)
                for context in self.contexts
            ),
            api_types=types,
            mode=self.enforcement_mode or "enabled",
        )


def _condition(it: ConditionBody | TagBody) -> Condition:
    return Condition(name=it.name, value=it.value, operator=it.operator)


def _ids(operations: OperationsBody) -> tuple[str, ...]:
    return tuple(it.api_type_id for it in operations.api_types)
