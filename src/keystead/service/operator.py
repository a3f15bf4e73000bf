"""What only the operator of a service does after its beginning: identities, keys, grants, the signing key.

The operator is whoever can open the unit's seal on the server's machine; no network door leads here.
"""

from dataclasses import dataclass, replace
from typing import Literal

from keystead.domain.actions import Role
from keystead.domain.errors import KeysteadError
from keystead.domain.grants import Grant
from keystead.domain.identities import LONGEST_TOKEN, ApiKey, Identity, SigningKey
from keystead.domain.ids import IamId, KeyId, RingId
from keystead.domain.instances import Instance
from keystead.service.case import Case, Tools
from keystead.service.grants import grant_everywhere, grant_in
from keystead.service.new_identities import new_api_key, new_service, new_service_id, new_user


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentity:
    """Make a user, a service id or a service, with an API key."""

    kind: Literal["user", "serviceid", "service"]
    name: str  # of a service its CRN
    digest: bytes

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Make it in the account of the instance."""
        made = self._identity(case, tools)
        case.change.add(made, new_api_key(made, self.name, self.digest, case, tools))
        case.response["iamId"] = made.iam_id
        return made

    def _identity(self, case: Case, tools: Tools) -> Identity:
        account = case.instance.account
        match self.kind:
            case "user":
                return new_user(self.name, account, case, tools)
            case "serviceid":
                return new_service_id(self.name, account, case, tools)
            case "service":
                return new_service(self.name, account, case)


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
        made = new_api_key(owner, self.name, self.digest, case, tools)
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
