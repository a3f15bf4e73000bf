"""Service ids over the network: made, shown, changed, locked and deleted, by an Administrator of the account.

Source: ``spec/iam-and-provisioning.md`` section 2.
"""

from dataclasses import dataclass, replace

from keystead.domain.errors import Refused
from keystead.domain.identities import MOST_SERVICE_IDS, Identity
from keystead.domain.ids import IamId
from keystead.domain.reasons import Reason
from keystead.service import whose
from keystead.service.api_keys import KeyOrder, NewApiKey, made
from keystead.service.case import Case, Tools
from keystead.service.identity_pages import IdentityPage, IdentityQuery, page_of
from keystead.service.removing import remove


@dataclass(frozen=True, slots=True)
class NewServiceId:
    """A new service id, and its first API key where one was asked for."""

    who: Identity
    api_key: NewApiKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateServiceId:
    """Make a service id."""

    account: str
    name: str
    description: str
    instance_crns: tuple[str, ...]
    locked: bool
    api_key: KeyOrder | None

    async def run(self, case: Case, tools: Tools) -> NewServiceId:
        """Make it, unless the account has as many as it may have."""
        whose.require_account(self.account, case)
        if len(await _service_ids(case, tools)) >= MOST_SERVICE_IDS:
            raise Refused(Reason.IDENTITY_LIMIT, f"An account has at most {MOST_SERVICE_IDS} service ids.")
        who = self._made(case, tools)
        case.change.put(who, was=None)
        key = None if self.api_key is None else made(self.api_key, who, case, tools)
        _note(who, case)
        return NewServiceId(who, key)

    def _made(self, case: Case, tools: Tools) -> Identity:
        name = f"ServiceId-{tools.new_id()}"
        return Identity(
            iam_id=IamId(f"iam-{name}"),
            account=case.account,
            kind="serviceid",
            name=name,
            display_name=self.name,
            created_at=case.now,
            description=self.description,
            instance_crns=self.instance_crns,
            locked=self.locked,
        )


@dataclass(frozen=True, slots=True)
class ListServiceIds:
    """The service ids that fit *query*."""

    query: IdentityQuery

    async def run(self, case: Case, tools: Tools) -> IdentityPage:
        """Find them."""
        whose.require_account(self.query.account, case)
        return page_of(await _service_ids(case, tools), self.query, case)


@dataclass(frozen=True, slots=True)
class ReadServiceId:
    """The service id with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Show it."""
        who = await _service_id(self.id, case, tools)
        _note(who, case)
        return who


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateServiceId:
    """Change what is said of a service id; ``None`` leaves it as it is."""

    id: str
    tag: str  # the state that the caller knows, or ``*``
    name: str | None
    description: str | None
    instance_crns: tuple[str, ...] | None

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Change it."""
        was = await _service_id(self.id, case, tools)
        whose.require_open(was, self.tag)
        new = replace(
            was,
            display_name=was.display_name if self.name is None else self.name,
            description=was.description if self.description is None else self.description,
            instance_crns=was.instance_crns if self.instance_crns is None else self.instance_crns,
        )
        return _changed(new, was, case)


@dataclass(frozen=True, slots=True)
class LockServiceId:
    """Lock a service id, or unlock it: a locked one stays as it is, and works."""

    id: str
    locked: bool

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Do so, if it is not so already."""
        was = await _service_id(self.id, case, tools)
        return _changed(replace(was, locked=self.locked), was, case)


@dataclass(frozen=True, slots=True)
class DeleteServiceId:
    """Delete the service id with this id, and with it its API keys and what it was granted."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it."""
        was = await _service_id(self.id, case, tools)
        await remove(was, case, tools)


async def _service_ids(case: Case, tools: Tools) -> tuple[Identity, ...]:
    return tuple(who for who in await whose.identities(case, tools) if who.kind == "serviceid")


async def _service_id(wanted: str, case: Case, tools: Tools) -> Identity:
    for who in await _service_ids(case, tools):
        if wanted in (who.id, who.iam_id):
            return who
    raise whose.not_there("service id")


def _changed(new: Identity, was: Identity, case: Case) -> Identity:
    _note(was, case)
    return whose.changed(new, was, case)


def _note(who: Identity, case: Case) -> None:
    case.response["iamId"] = who.iam_id
