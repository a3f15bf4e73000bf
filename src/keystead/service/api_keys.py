"""API keys over the network: made, found, changed, locked, disabled and deleted.

Source: ``spec/iam-and-provisioning.md`` section 2.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from keystead.domain.errors import Refused, bad_field
from keystead.domain.identities import MOST_API_KEYS, ApiKey, Identity
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.service import whose
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOrder:
    """What is wanted of a new API key, whosever it will be."""

    name: str
    description: str = ""
    expires_at: datetime | None = None
    locked: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A new API key, and its text: this once."""

    key: ApiKey
    text: KeyMaterial


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """Make an API key for an identity that the caller manages, but for no other person.

    Who had another person's key could be that person: also the second one whom a deletion needs.
    """

    order: KeyOrder
    iam_id: str
    account: str | None

    async def run(self, case: Case, tools: Tools) -> NewApiKey:
        """Make it, unless its identity has as many as it may have."""
        whose.require_account(self.account, case)
        owner = await whose.identity(self.iam_id, case, tools)
        if owner.kind == "profile":
            raise Refused(Reason.IDENTITY_FORBIDDEN, "A trusted profile has no API keys: it is assumed")
        if owner.kind == "user" and owner.iam_id != case.caller.iam_id:
            raise Refused(Reason.IDENTITY_FORBIDDEN, "An API key of a user is made by that user alone")
        held = [key for key in await tools.store.api_keys(owner.account) if key.iam_id == owner.iam_id]
        if len(held) >= MOST_API_KEYS:
            raise Refused(Reason.IDENTITY_LIMIT, f"An identity has at most {MOST_API_KEYS} API keys.")
        return made(self.order, owner, case, tools)


def made(order: KeyOrder, owner: Identity, case: Case, tools: Tools) -> NewApiKey:
    """Return a new API key of *owner*, and have it written."""
    _require_ahead(order.expires_at, case)
    text, digest = tools.tokens.new_api_key()
    key = ApiKey(
        id=f"ApiKey-{tools.new_id()}",
        iam_id=owner.iam_id,
        account=owner.account,
        name=order.name,
        digest=digest,
        created_at=case.now,
        locked=order.locked,
        disabled=order.disabled,
        expires_at=order.expires_at,
        description=order.description,
        created_by=case.caller.iam_id,
    )
    case.change.put(key, was=None)
    _note(key, case)
    return NewApiKey(key, text)


@dataclass(frozen=True, slots=True)
class ReadApiKey:
    """The API key with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> ApiKey:
        """Show it."""
        key = await whose.api_key(self.id, case, tools)
        _note(key, case)
        return key


@dataclass(frozen=True, slots=True)
class FindApiKey:
    """The API key with this text."""

    text: KeyMaterial

    async def run(self, case: Case, tools: Tools) -> ApiKey:
        """Show it, if the caller manages it: whoever else's it is, it is not there."""
        digest = tools.tokens.digest(self.text)
        for key in await whose.api_keys(case, tools):
            if compare_digest(key.digest, digest):
                _note(key, case)
                return key
        raise Refused(Reason.IDENTITY_NOT_FOUND, "Provided API key could not be found.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateApiKey:
    """Change what is said of an API key; ``None`` leaves it as it is."""

    id: str
    tag: str  # the state that the caller knows, or ``*``
    name: str | None
    description: str | None
    expires_at: datetime | None
    ends: bool  # whether ``expires_at`` says anything: then ``None`` is never

    async def run(self, case: Case, tools: Tools) -> ApiKey:
        """Change it."""
        was = await whose.api_key(self.id, case, tools)
        whose.require_open(was, self.tag)
        _require_ahead(self.expires_at, case)
        new = replace(
            was,
            name=was.name if self.name is None else self.name,
            description=was.description if self.description is None else self.description,
            expires_at=self.expires_at if self.ends else was.expires_at,
        )
        return _changed(new, was, case)


@dataclass(frozen=True, slots=True)
class LockApiKey:
    """Lock an API key, or unlock it: a locked one does not work and stays as it is."""

    id: str
    locked: bool

    async def run(self, case: Case, tools: Tools) -> ApiKey:
        """Do so, if it is not so already."""
        was = await whose.api_key(self.id, case, tools)
        return _changed(replace(was, locked=self.locked), was, case)


@dataclass(frozen=True, slots=True)
class DisableApiKey:
    """Disable an API key, or enable it."""

    id: str
    disabled: bool

    async def run(self, case: Case, tools: Tools) -> ApiKey:
        """Do so, if it is not so already."""
        was = await whose.api_key(self.id, case, tools)
        whose.require_open(was, None)
        return _changed(replace(was, disabled=self.disabled), was, case)


@dataclass(frozen=True, slots=True)
class DeleteApiKey:
    """Delete the API key with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it."""
        was = await whose.api_key(self.id, case, tools)
        whose.require_open(was, None)
        case.change.remove(was)
        _note(was, case)


def _changed(new: ApiKey, was: ApiKey, case: Case) -> ApiKey:
    _note(was, case)
    return whose.changed(new, was, case)


def _note(key: ApiKey, case: Case) -> None:
    case.response.update(apiKeyId=key.id, iamId=key.iam_id)


def _require_ahead(end: datetime | None, case: Case) -> None:
    if end is not None and end <= case.now:
        raise bad_field("expires_at", "a time that lies ahead")
