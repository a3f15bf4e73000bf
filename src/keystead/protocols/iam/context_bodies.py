"""What the doors to network zones and context rules are sent.

Source: ``spec/iam-and-provisioning.md`` section 4.2; lengths as IBM's Terraform provider has them.
"""

from typing import Annotated, Final, TypeVar

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
from keystead.domain.crns import SEGMENTS
from keystead.domain.errors import Refused
from keystead.domain.ids import AccountId
from keystead.domain.reasons import Reason
from keystead.domain.spans import span_of
from keystead.domain.zones import MOST_ADDRESSES, SPANS, AddressKind, ServiceRef, ZoneAddress, bad_context
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.identity_bodies import tag_in
from keystead.service.zones import ZoneOrder

T = TypeVar("T")

BODY_OCTETS: Final = 256 << 10
_ADDRESS_CHARACTERS: Final = 300
_Description = Annotated[str, msgspec.Meta(pattern=r"\A[\x20-\xfe]*\Z", max_length=300)]
_Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9 \-_]+\Z", max_length=128)]
_AttributeName = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9_]+\Z", max_length=64)]
_Value = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_Word = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9_\-/]+\Z", max_length=128)]


class ServiceRefBody(msgspec.Struct, frozen=True):
    """A reference to a service."""

    account_id: _Word
    service_type: _Word | None = None
    service_name: _Word | None = None
    service_instance: _Word | None = None
    location: _Word | None = None


class AddressBody(msgspec.Struct, frozen=True):
    """One entry of a zone."""

    type: AddressKind
    value: Annotated[str, msgspec.Meta(max_length=_ADDRESS_CHARACTERS)] | None = None
    ref: ServiceRefBody | None = None
    id: _Word | None = None


_Addresses = Annotated[tuple[AddressBody, ...], msgspec.Meta(max_length=MOST_ADDRESSES)]


class ZoneBody(msgspec.Struct, frozen=True):
    """A zone."""

    name: _Name
    account_id: _Word
    addresses: _Addresses = ()
    description: _Description | None = None
    excluded: _Addresses | None = None

    def order(self) -> ZoneOrder:
        """Return what is wanted; `Refused` with ``CONTEXT_BODY``."""
        excluded = self.excluded or ()
        if any(it.type not in SPANS for it in excluded):
            raise bad_context(f"what is excluded must be of {', '.join(SPANS)}")
        return ZoneOrder(
            account=self.account_id,
            name=self.name,
            description=self.description or "",
            addresses=tuple(map(_address, self.addresses)),
            excluded=tuple(map(_address, excluded)),
        )


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
    description: _Description | None = None
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


def read(exchange: Exchange, of: type[T], must_be: str) -> T:
    """Return the body; `Refused` with ``CONTEXT_BODY``, and with what it *must be*."""
    content = exchange.content()
    if len(content) > BODY_OCTETS:
        raise bad_context(f"The body is larger than {BODY_OCTETS} octets")
    try:
        return msgspec.json.decode(content, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_context(f"the body must be {must_be}") from None


def if_match(exchange: Exchange) -> str:
    """Return the tag of the header ``If-Match``; `Refused` with ``CONTEXT_BODY`` without one.

    What has not the form of a tag is one that nothing has.
    """
    if exchange.header(b"if-match") is None:
        raise Refused(Reason.CONTEXT_BODY, "The header If-Match is missing: it names the ETag that you know")
    return tag_in(exchange) or ""


def _address(it: AddressBody) -> ZoneAddress:
    if (it.ref is None) is (it.type == "serviceRef") or (it.value is None) is not (it.type == "serviceRef"):
        raise bad_context("an address must have a value, and one of type serviceRef a ref in its place")
    name = it.id or ""
    if it.ref is not None:
        return ZoneAddress(kind=it.type, ref=_ref(it.ref), id=name)
    value = it.value or ""
    if it.type in SPANS:
        try:
            span_of(it.type, value)
        except ValueError as error:
            raise bad_context(f"the value of an address of type {it.type} must be {error}") from None
    elif not _is_vpc(value):
        raise bad_context("the value of an address of type vpc must be the CRN of a VPC")
    return ZoneAddress(kind=it.type, value=value, id=name)


def _ref(it: ServiceRefBody) -> ServiceRef:
    if it.service_name is None and it.service_type is None:
        raise bad_context("a service reference must have a service_name or a service_type")
    return ServiceRef(
        account=AccountId(it.account_id),
        service_type=it.service_type,
        service_name=it.service_name,
        service_instance=it.service_instance,
        location=it.location,
    )


def _is_vpc(text: str) -> bool:
    parts = text.split(":")
    whole = len(parts) == SEGMENTS and parts[0] == "crn" and text.isascii() and text.isprintable()
    return whole and (parts[4], parts[8]) == ("is", "vpc") and bool(parts[9])


def _condition(it: ConditionBody | TagBody) -> Condition:
    return Condition(name=it.name, value=it.value, operator=it.operator)


def _ids(operations: OperationsBody) -> tuple[str, ...]:
    return tuple(it.api_type_id for it in operations.api_types)
