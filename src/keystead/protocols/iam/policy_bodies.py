"""What the doors to policies are sent, in the first of two forms that say the same, and what both share.

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

    def attribute(self) -> Attribute:
        """Return it."""
        return Attribute(name=self.name, value=self.value, operator=self.operator)


Roles = Annotated[tuple[RoleBody, ...], msgspec.Meta(min_length=1, max_length=MOST_ROLES)]
MANY: Final = msgspec.Meta(min_length=1, max_length=MOST_ATTRIBUTES)
_ONE: Final = msgspec.Meta(min_length=1, max_length=1)


class SubjectBody(msgspec.Struct, frozen=True):
    """Who is granted roles."""

    attributes: Annotated[tuple[AttributeBody, ...], MANY]


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
        require_no_tags(self.resources[0].tags)
        return grant_order(
            self.type,
            tuple(it.attribute() for it in self.subjects[0].attributes),
            tuple(it.attribute() for it in self.resources[0].attributes),
            self.roles,
            self.description,
            can_say_when=False,
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


def require_no_tags(tags: tuple[Any, ...]) -> None:
    """Raise `Refused` with ``POLICY_BODY`` where a resource has tags."""
    if tags:  # to leave them out would grant more than was asked for
        raise bad_policy("resources have no access tags here")


def grant_order(
    kind: Type,
    subject: tuple[Attribute, ...],
    resource: tuple[Attribute, ...],
    roles: tuple[RoleBody, ...],
    description: str | None,
    *,
    when: When | None = None,
    can_say_when: bool = True,
) -> GrantOrder:
    """Return what a policy of either form wants; `Refused` with ``POLICY_BODY``."""
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
