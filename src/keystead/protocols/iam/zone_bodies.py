"""What the doors to network zones are sent.

Source: ``spec/iam-and-provisioning.md`` section 4.2; lengths as IBM's Terraform provider has them.
"""

from typing import Annotated, Final

import msgspec

from keystead.domain.crns import SEGMENTS
from keystead.domain.ids import AccountId
from keystead.domain.spans import span_of
from keystead.domain.zones import MOST_ADDRESSES, SPANS, AddressKind, ServiceRef, ZoneAddress, bad_context
from keystead.protocols.iam.context_bodies import Description, Word
from keystead.service.zones import ZoneOrder

_ADDRESS_CHARACTERS: Final = 300
_Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9 \-_]+\Z", max_length=128)]


class ServiceRefBody(msgspec.Struct, frozen=True):
    """A reference to a service."""

    account_id: Word
    service_type: Word | None = None
    service_name: Word | None = None
    service_instance: Word | None = None
    location: Word | None = None


class AddressBody(msgspec.Struct, frozen=True):
    """One entry of a zone."""

    type: AddressKind
    value: Annotated[str, msgspec.Meta(max_length=_ADDRESS_CHARACTERS)] | None = None
    ref: ServiceRefBody | None = None
    id: Word | None = None


_Addresses = Annotated[tuple[AddressBody, ...], msgspec.Meta(max_length=MOST_ADDRESSES)]


class ZoneBody(msgspec.Struct, frozen=True):
    """A zone."""

    name: _Name
    account_id: Word
    addresses: _Addresses = ()
    description: Description | None = None
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
