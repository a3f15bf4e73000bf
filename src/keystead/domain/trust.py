"""Whom a trusted profile trusts: identities, people of an identity provider by their claims, and workloads.

Source: ``spec/iam-and-provisioning.md`` sections 1.2 and 2.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from keystead.domain.ids import AccountId, IamId, entity_tag

MOST_IDENTITIES: Final = 100
MOST_RULES: Final = 20
MOST_LINKS: Final = 20
"""Of one trusted profile, each."""
MOST_TRUST: Final = 65_536
"""Octets that all of them may take together; lists and changes of profiles read everything of an account."""
RuleKind = Literal["Profile-SAML", "Profile-CR"]
Compute = Literal["IKS_SA", "ROKS_SA"]
"""What kinds of workloads there are: both are service accounts of a Kubernetes cluster."""
Operator = Literal["EQUALS", "NOT_EQUALS", "EQUALS_IGNORE_CASE", "NOT_EQUALS_IGNORE_CASE", "CONTAINS", "IN"]
TrustedKind = Literal["user", "serviceid", "crn"]
TRUSTED_KINDS: Final[Mapping[TrustedKind, str]] = {"user": "user", "serviceid": "serviceid", "crn": "service"}
"""What sorts of identities a profile can trust, and how the directory calls them."""
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
_BY_IDENTITY: Final = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A user, service id or service of the account."""

    iam_id: IamId
    kind: TrustedKind
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What one claim must be; a claim that is not there, or is no text, meets nothing."""

    claim: str
    operator: Operator
    value: str  # JSON: a text, of ``IN`` a list of texts

    def meets(self, claims: Mapping[str, object]) -> bool:
        """Tell whether *claims* are so."""
        found, wanted = claims.get(self.claim), json.loads(self.value)
        if self.operator == "CONTAINS":
            return wanted in (found if isinstance(found, list) else [found])
        return isinstance(found, str) and _compared(self.operator, found, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whoever has these claims is trusted: all conditions must be met."""

    id: str
    kind: RuleKind
    conditions: tuple[Condition, ...]
    expiration: int  # seconds that a token is good for, at most
    created_at: datetime
    name: str = ""
    realm: str | None = None  # the issuer of the provider
    compute: Compute | None = None
    modified_at: datetime | None = None
    revision: int = 1  # grows by one with each stored change

    @property
    def entity_tag(self) -> str:
        """What names this state of it."""
        return entity_tag(self.id, self.revision)

    @property
    def bond(self) -> str:
        """What a token names that was obtained by it; another state of it is another bond."""
        return f"{self.id}.{self.revision}"

    def trusts(self, who: "Assumer") -> bool:
        """Tell whether *who* has these claims, from where the rule says."""
        if self.kind == "Profile-CR" and (who.cluster is None or self.realm not in (None, who.realm)):
            return False
        if self.kind == "Profile-SAML" and (who.cluster is not None or self.realm != who.realm):
            return False
        return all(it.meets(who.claims) for it in self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A service account of one cluster is trusted."""

    id: str
    compute: Compute
    cluster: str  # its CRN
    namespace: str
    account: str  # name of the service account
    created_at: datetime
    name: str = ""

    @property
    def entity_tag(self) -> str:
        """What names its only state."""
        return entity_tag(self.id, 1)

    def trusts(self, who: "Assumer") -> bool:
        """Tell whether *who* is that service account."""
        said = tuple(who.claims.get(name) for name in ("namespace", "name"))
        return who.cluster == self.cluster and said == (self.namespace, self.account)


@dataclass(frozen=True, slots=True)
class Bond:
    """Why somebody is trusted, and for how many seconds at most."""

    name: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Vouch:
    """The word of an identity provider for somebody: who says it, and what its claim calls him."""

    realm: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumer:
    """Who wants to be somebody else, as a token of his says that was verified.

    Where ``realm`` and ``cluster`` are set it is a workload of that cluster; what its claims call ``crn``,
    ``namespace`` and ``name`` is what the cluster says, whatever other claims say.
    """

    iam_id: IamId
    name: str
    display_name: str
    kind: Literal["user", "serviceid", "service", "external"]  # the last has no identity here
    account: AccountId
    until: int  # when his token ends, in seconds since 1970
    api_key: str | None = None  # id of the one that his token was given for
    realm: str | None = None  # the issuer who vouched for him, unless we did
    cluster: str | None = None
    vouch: Vouch | None = None  # what his token stands on, also where it is one of ours
    claims: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """All that a profile trusts."""

    identities: tuple[Trusted, ...] = ()
    rules: tuple[Rule, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def size(self) -> int:
        """Octets that it takes as JSON, with the names of all fields: about what is stored."""
        return len(json.dumps(asdict(self), ensure_ascii=False, default=str).encode())

    def bond(self, who: Assumer) -> Bond | None:
        """Return why *who* is trusted, ``None`` where he is not; workloads only by links and rules."""
        if any(it.iam_id == who.iam_id and TRUSTED_KINDS[it.kind] == who.kind for it in self.identities):
            return Bond(_BY_IDENTITY)
        if who.realm is None:
            return None
        for link in self.links:
            if link.trusts(who):
                return Bond(link.id)
        for rule in self.rules:
            if rule.trusts(who):
                return Bond(rule.bond, rule.expiration)
        return None

    def still(self, bond: str, iam_id: IamId) -> bool:
        """Tell whether *bond* is there as it was when *iam_id* was trusted by it."""
        if bond == _BY_IDENTITY:
            return any(it.iam_id == iam_id for it in self.identities)
        return any(bond == it.id for it in self.links) or any(bond == it.bond for it in self.rules)


NO_TRUST: Final = Trust()


def _compared(operator: Operator, found: str, wanted: str | list[str]) -> bool:
    if isinstance(wanted, list):
        return found in wanted
    if operator.endswith("IGNORE_CASE"):
        found, wanted = found.casefold(), wanted.casefold()
    return (found == wanted) is not operator.startswith("NOT")
