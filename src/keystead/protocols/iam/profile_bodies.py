"""What the doors to trusted profiles are sent. Source: ``spec/iam-and-provisioning.md`` section 2."""

import json
from typing import Annotated, Any, Final, Literal

import msgspec

from keystead.domain.errors import bad_field
from keystead.domain.trust import MOST_IDENTITIES, Compute, Condition, Operator, RuleKind, TrustedKind
from keystead.protocols.iam.identity_bodies import Crn, Description, Id, Name
from keystead.service.profile_identities import TrustOrder
from keystead.service.profile_links import Workload
from keystead.service.profile_rules import RuleOrder

MOST_CONDITIONS: Final = 10
VALUE_CHARACTERS: Final = 1000
EXPIRATIONS: Final = range(120, 86_401)
_DEFAULT_EXPIRATION: Final = 43_200
_TEXT: Final = "a text in JSON, with its quotation marks"
_TEXTS: Final = "a list of texts in JSON"

Claim = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Part = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")]
Realm = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Expiration = Annotated[int, msgspec.Meta(ge=EXPIRATIONS[0], le=EXPIRATIONS[-1])]


class ProfileBody(msgspec.Struct, frozen=True):
    """A new profile."""

    name: Name
    account_id: Id
    description: Description = ""


class ProfileChanges(msgspec.Struct, frozen=True):
    """What is to be said of a profile from now on."""

    name: Name | None = None
    description: Description | None = None


class TrustedBody(msgspec.Struct, frozen=True):
    """An identity that a profile is to trust."""

    identifier: Id
    type: TrustedKind
    accounts: Annotated[tuple[Id, ...], msgspec.Meta(max_length=10)] | None = None
    description: Annotated[str, msgspec.Meta(max_length=255)] = ""

    def order(self) -> TrustOrder:
        """Return who is to be trusted."""
        return TrustOrder(
            kind=self.type,
            identifier=self.identifier,
            description=self.description,
            accounts=self.accounts,
        )


class TrustedBodies(msgspec.Struct, frozen=True):
    """All identities that a profile is to trust."""

    identities: Annotated[tuple[TrustedBody, ...], msgspec.Meta(max_length=MOST_IDENTITIES)] = ()


class ConditionBody(msgspec.Struct, frozen=True):
    """What one claim must be."""

    claim: Claim
    operator: Operator
    value: Annotated[str, msgspec.Meta(max_length=VALUE_CHARACTERS)]

    def condition(self) -> Condition:
        """Return it, with a value that can be compared; `Refused` with ``INVALID_FIELD``."""
        try:
            found = json.loads(self.value)
        except (ValueError, RecursionError):
            found = None
        texts = found if isinstance(found, list) and self.operator == "IN" else [found]
        if not all(isinstance(it, str) for it in texts) or isinstance(found, list) != (self.operator == "IN"):
            raise bad_field("conditions.value", _TEXTS if self.operator == "IN" else _TEXT)
        return Condition(claim=self.claim, operator=self.operator, value=self.value)


class RuleBody(msgspec.Struct, frozen=True):
    """A rule; the context that IBM's clients may send says nothing of it."""

    type: RuleKind
    conditions: Annotated[tuple[ConditionBody, ...], msgspec.Meta(min_length=1, max_length=MOST_CONDITIONS)]
    context: Any = None
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    realm_name: Realm | None = None
    cr_type: Compute | None = None
    expiration: Expiration = _DEFAULT_EXPIRATION

    def order(self) -> RuleOrder:
        """Return what the rule is to say; `Refused` with ``INVALID_FIELD``."""
        if self.type == "Profile-SAML" and (self.realm_name is None or self.cr_type is not None):
            raise bad_field("realm_name", "the issuer of an identity provider; cr_type is for Profile-CR")
        if self.type == "Profile-CR" and self.cr_type is None:
            raise bad_field("cr_type", "IKS_SA or ROKS_SA")
        return RuleOrder(
            kind=self.type,
            conditions=tuple(it.condition() for it in self.conditions),
            expiration=self.expiration,
            name=self.name,
            realm=self.realm_name,
            compute=self.cr_type,
        )


class LinkTarget(msgspec.Struct, frozen=True):
    """What a profile is to be linked to."""

    crn: Crn
    namespace: Part
    name: Part


class LinkBody(msgspec.Struct, frozen=True):
    """A new link."""

    cr_type: Compute
    link: LinkTarget
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    is_cross_account: Literal[False] | None = None

    def workload(self) -> Workload:
        """Return the workload that is to be linked."""
        to = self.link
        return Workload(compute=self.cr_type, cluster=to.crn, namespace=to.namespace, account=to.name)
