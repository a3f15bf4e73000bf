"""What the doors to policies are sent, in two forms that say the same.

Source: ``spec/iam-and-provisioning.md`` section 3.6.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from keystead.domain.attributes import Attribute, Operator
from keystead.domain.errors import Refused
from keystead.domain.grant_rules import GrantOrder, bad_policy
from keystead.domain.ids import ACCESS_GROUPS, IamId
from keystead.domain.reasons import Reason
from keystead.domain.time_rules import When
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.identity_bodies import tag_in
from keystead.protocols.iam.rule_bodies import RuleBody

T = TypeVar("T")

VALUE_CHARACTERS: Final = 1000
DESCRIPTION_CHARACTERS: Final = 300
MOST_ROLES: Final = 20
MOST_ATTRIBUTES: Final = 20
CRN_CHARACTERS: Final = 300
GROUP_ID: Final = "access_group_id"
"""The attribute of a subject that is an access group."""
_IAM_ID: Final = "iam_id"

Value = Annotated[str, msgspec.Meta(min_length=1, max_length=VALUE_CHARACTERS)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_CHARACTERS)]
Type = Literal["access", "authorization"]


class RoleBody(msgspec.Struct, frozen=True):
    """A role by its CRN; what else is said of it is what it is anyway."""

    role_id: Annotated[str, msgspec.Meta(min_length=1, max_length=CRN_CHARACTERS)]


class AttributeBody(msgspec.Struct, frozen=True):
    """An attribute in the first form."""

    name: Name
    value: Value
    operator: Operator = "stringEquals"


class KeyedAttributeBody(msgspec.Struct, frozen=True):
    """An attribute in the second form."""

    key: Name
    value: Value
    operator: Operator = "stringEquals"


Roles = Annotated[tuple[RoleBody, ...], msgspec.Meta(min_length=1, max_length=MOST_ROLES)]
_MANY: Final = msgspec.Meta(min_length=1, max_length=MOST_ATTRIBUTES)
_ONE: Final = msgspec.Meta(min_length=1, max_length=1)


class SubjectBody(msgspec.Struct, frozen=True):
    """Who is granted roles."""

    attributes: Annotated[tuple[AttributeBody, ...], _MANY]


class ResourceBody(SubjectBody, frozen=True):
    """What roles are granted on."""

    tags: tuple[Any, ...] = ()


class PolicyBody(msgspec.Struct, frozen=True):
    """A policy in the first form."""

    type: Type
    subjects: Annotated[tuple[SubjectBody, ...], _ONE]
    roles: Roles
    resources: Annotated[tuple[ResourceBody, ...], _ONE]
    description: Description | None = None
    pattern: Any = None
    rule: Any = None

    def order(self) -> GrantOrder:
        """Return what is wanted; `Refused` with ``POLICY_BODY``."""
        if self.pattern is not None or self.rule is not None:  # to leave them out would grant more
            raise bad_policy("only /v2/policies takes policies with a pattern and a rule")
        _require_no_tags(self.resources[0].tags)
        return _order(
            self.type,
            tuple(_attribute(it.name, it) for it in self.subjects[0].attributes),
            tuple(_attribute(it.name, it) for it in self.resources[0].attributes),
            self.roles,
            self.description,
            can_say_when=False,
        )


class KeyedSubjectBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is granted roles, in the second form."""

    attributes: Annotated[tuple[KeyedAttributeBody, ...], _MANY]


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
        _require_no_tags(self.resource.tags)
        return _order(
            self.type,
            tuple(_attribute(it.key, it) for it in self.subject.attributes),
            tuple(_attribute(it.key, it) for it in self.resource.attributes),
            self.control.grant.roles,
            self.description,
            when=None if self.rule is None else self.rule.when(self.pattern),
        )


class StateBody(msgspec.Struct, frozen=True):
    """The state that a policy is to be in."""

    state: Literal["active", "deleted"]


def read(exchange: Exchange, of: type[T], must_be: str) -> T:
    """Return the body; `Refused` with ``POLICY_BODY``, and with what it *must be*."""
    try:
        return msgspec.json.decode(exchange.content(), type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_policy(f"the body must be {must_be}") from None


def if_match(exchange: Exchange) -> str:
    """Return the tag of the header ``If-Match``; `Refused` with ``POLICY_BODY`` without one."""
    tag = tag_in(exchange)
    if tag is None:
        raise Refused(Reason.POLICY_BODY, "The header If-Match is missing: it names the ETag that you know")
    return tag


def _attribute(name: str, it: AttributeBody | KeyedAttributeBody) -> Attribute:
    return Attribute(name=name, value=it.value, operator=it.operator)


def _require_no_tags(tags: tuple[Any, ...]) -> None:
    if tags:  # to leave them out would grant more than was asked for
        raise bad_policy("resources have no access tags here")


def _order(
    kind: Type,
    subject: tuple[Attribute, ...],
    resource: tuple[Attribute, ...],
    roles: tuple[RoleBody, ...],
    description: str | None,
    *,
    when: When | None = None,
    can_say_when: bool = True,
) -> GrantOrder:
    who = None if kind == "authorization" else _who(subject)
    return GrantOrder(
        subject=who,
        source=subject if who is None else (),
        roles=tuple(role.role_id for role in roles),
        resource=resource,
        description=description or "",
        when=when,
        can_say_when=can_say_when,
    )


def _who(subject: tuple[Attribute, ...]) -> IamId:
    if len(subject) != 1 or not subject[0].is_exact or subject[0].name not in (_IAM_ID, GROUP_ID):
        raise bad_policy(f"an access policy is for one {_IAM_ID} or {GROUP_ID}")
    who = subject[0].value
    if who.startswith(ACCESS_GROUPS) is not (subject[0].name == GROUP_ID):
        raise bad_policy(f"{GROUP_ID} names an access group, and {_IAM_ID} anybody else")
    return IamId(who)
