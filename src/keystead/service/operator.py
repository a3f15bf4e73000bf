"""What only the operator of a service does: accounts, identities, API keys, grants, the signing key.

The operator is whoever can open the unit's seal on the server's machine; no network door leads here.
"""

from dataclasses import dataclass, replace
from typing import Literal

from keystead.domain.actions import Role
from keystead.domain.crns import SEGMENTS
from keystead.domain.errors import KeysteadError
from keystead.domain.grants import Grant
from keystead.domain.identities import LONGEST_TOKEN, Account, ApiKey, Identity, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId
from keystead.domain.instances import Instance
from keystead.service.case import Case, Tools
from keystead.service.grants import grant_everywhere, grant_in

OWNER_ROLES = (Role.MANAGER, Role.KEY_PURGE)
"""What the first user may do in the first instance; KeyPurge is in no other role, so it is named.

That he may make and remove instances is granted to him in the account (`owner_of`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first records of a service."""

    account: Account
    owner: Identity
    instance: Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Make the first account, its owner with an API key, and an instance.

    Args:
        email: name of the owner.
        service: ``kms`` or ``hs-crypto``.
        region: a region's name, as it stands in CRNs.
        digest: keyed hash of the owner's API key.
    """

    email: str
    service: Literal["kms", "hs-crypto"]
    region: str
    digest: bytes

    async def run(self, case: Case, tools: Tools) -> Beginning:
        """Make them, unless there is an instance already."""
        if await tools.store.instances():
            raise KeysteadError("this database has an account already; nothing was changed")
        account_id = AccountId(tools.new_id().replace("-", ""))
        account = Account(id=account_id, name=self.email, created_at=case.now)
        instance = Instance(
            id=InstanceId(tools.new_id()),
            account=account.id,
            name="keystead",
            service=self.service,
            region=self.region,
            created_at=case.now,
        )
        owner, *rest = owner_of(instance, self.email, self.digest, case, tools)
        case.change.add(account, instance, owner, *rest)
        case.is_in(instance)
        return Beginning(account=account, owner=owner, instance=instance)


def owner_of(
    instance: Instance, email: str, digest: bytes, case: Case, tools: Tools
) -> tuple[Identity, ApiKey | Grant, *tuple[ApiKey | Grant, ...]]:
    """Return a new owner of *instance*, with an API key of that *digest* and all roles."""
    owner = _user(email, instance.account, case, tools)
    key = _api_key(owner, "owner", digest, case, tools)
    steward = grant_everywhere(instance.account, owner.iam_id, (Role.ADMINISTRATOR,), tools, case.now)
    return owner, key, steward, owner_grant(owner.iam_id, instance, case, tools)


def owner_grant(subject: IamId, instance: Instance, case: Case, tools: Tools) -> Grant:
    """Return what lets *subject* do everything in *instance*."""
    return grant_in(instance, subject, OWNER_ROLES, tools, case.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentity:
    """Make a user, a service id or a service, with an API key."""

    kind: Literal["user", "serviceid", "service"]
    name: str  # of a service its CRN
    digest: bytes

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Make it in the account of the instance."""
        made = self._identity(case, tools)
        case.change.add(made, _api_key(made, self.name, self.digest, case, tools))
        case.response["iamId"] = made.iam_id
        return made

    def _identity(self, case: Case, tools: Tools) -> Identity:
        account = case.instance.account
        match self.kind:
            case "user":
                return _user(self.name, account, case, tools)
            case "serviceid":
                return _service_id(self.name, account, case, tools)
            case "service":
                return _service(self.name, account, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddApiKey:
    """Make another API key for an identity."""

    subject: IamId
    name: str
    digest: bytes

    async def run(self, case: Case, tools: Tools) -> ApiKey:
        """Make it, if there is such an identity."""
        owner = await _known(self.subject, case, tools)
        if owner.kind == "profile":
            raise KeysteadError(f"{self.subject} is a trusted profile: it is assumed, and has no API keys")
        made = _api_key(owner, self.name, self.digest, case, tools)
        case.change.add(made)
        case.response["iamId"] = owner.iam_id
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGrant:
    """Grant roles in the instance, on a ring or key of it, or in all instances of its account."""

    subject: IamId
    roles: tuple[Role, ...]
    ring: RingId | None
    key: KeyId | None
    everywhere: bool = False  # then neither ring nor key says anything

    async def run(self, case: Case, tools: Tools) -> Grant:
        """Grant them, if there is such an identity."""
        await _known(self.subject, case, tools)
        made = self._grant(case.instance, case, tools)
        case.change.add(made)
        case.response.update(iamId=self.subject, roles=[str(role) for role in self.roles])
        return made

    def _grant(self, instance: Instance, case: Case, tools: Tools) -> Grant:
        if self.everywhere:
            return grant_everywhere(instance.account, self.subject, self.roles, tools, case.now)
        return grant_in(instance, self.subject, self.roles, tools, case.now, self.ring, self.key)


@dataclass(frozen=True, slots=True)
class RotateSigningKey:
    """Have *new* sign access tokens from now on.

    Those that the keys before it signed are good until they end, for these stay listed for so long. Keys that
    were retired before any token in force can have been signed are forgotten.
    """

    new: SigningKey

    async def run(self, case: Case, tools: Tools) -> tuple[SigningKey, ...]:
        """Put it in place of the one that signs now, and return those that are retired by that."""
        keys = await tools.store.signing_keys()
        retired = tuple(key for key in keys if key.retired_at is None)
        for key in retired:
            case.change.put(replace(key, retired_at=case.now), was=key)
        for key in keys:
            if key.retired_at is not None and key.retired_at + LONGEST_TOKEN < case.now:
                case.change.remove(key)
        case.change.add(self.new)
        case.request["retired"] = [key.id for key in retired]
        case.response["kid"] = self.new.id
        return retired


async def _known(subject: IamId, case: Case, tools: Tools) -> Identity:
    found = await tools.store.identity(subject)
    if found is None or found.account != case.instance.account:
        raise KeysteadError(f"there is no {subject} in this account; nothing was changed")
    return found


def _user(email: str, account: AccountId, case: Case, tools: Tools) -> Identity:
    return Identity(
        iam_id=IamId(f"IBMid-{tools.new_id().replace('-', '')[:10].upper()}"),
        account=account,
        kind="user",
        name=email,
        display_name=email.partition("@")[0],
        created_at=case.now,
    )


def _service_id(name: str, account: AccountId, case: Case, tools: Tools) -> Identity:
    uuid = tools.new_id()
    return Identity(
        iam_id=IamId(f"iam-ServiceId-{uuid}"),
        account=account,
        kind="serviceid",
        name=f"ServiceId-{uuid}",
        display_name=name,
        created_at=case.now,
    )


def _service(crn: str, account: AccountId, case: Case) -> Identity:
    if len(crn.split(":")) != SEGMENTS or not crn.startswith("crn:"):
        raise KeysteadError(f"{crn} is no CRN: ten segments are needed, the fifth of which names the service")
    return Identity(
        iam_id=IamId(f"crn-{crn}"),
        account=account,
        kind="service",
        name=crn,
        display_name=crn.split(":")[4],
        created_at=case.now,
    )


def _api_key(owner: Identity, name: str, digest: bytes, case: Case, tools: Tools) -> ApiKey:
    return ApiKey(
        id=f"ApiKey-{tools.new_id()}",
        iam_id=owner.iam_id,
        account=owner.account,
        name=name,
        digest=digest,
        created_at=case.now,
    )
