"""Whose identities and API keys a caller may manage: his own, and as an Administrator those of his account.

What he may not manage is not there for him, nor is anything of another account.
"""

from dataclasses import replace
from typing import TypeVar

from keystead.domain.errors import Refused
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools

Owned = TypeVar("Owned", ApiKey, Identity)


async def identities(case: Case, tools: Tools) -> tuple[Identity, ...]:
    """Return everybody whom the caller manages, ordered by IAM id."""
    everybody = await tools.store.identities(case.account)
    return tuple(who for who in everybody if case.held or _is_own(who, case))


async def identity(iam_id: str, case: Case, tools: Tools) -> Identity:
    """Return one of `identities`; `Refused` with ``IDENTITY_NOT_FOUND``."""
    for who in await identities(case, tools):
        if who.iam_id == iam_id:
            return who
    raise not_there("identity")


async def api_keys(case: Case, tools: Tools) -> tuple[ApiKey, ...]:
    """Return every API key that the caller manages, ordered by id."""
    every = await tools.store.api_keys(case.account)
    return tuple(key for key in every if case.held or _is_own(key, case))


async def api_key(key_id: str, case: Case, tools: Tools) -> ApiKey:
    """Return one of `api_keys`; `Refused` with ``IDENTITY_NOT_FOUND``."""
    for key in await api_keys(case, tools):
        if key.id == key_id:
            return key
    raise not_there("API key")


def _is_own(it: ApiKey | Identity, case: Case) -> bool:
    return it.iam_id == case.caller.iam_id and not case.caller.is_part


def require_account(account: str | None, case: Case) -> None:
    """Raise `Refused` with ``IDENTITY_NOT_FOUND`` for any account but the caller's."""
    if account not in (None, case.account):
        raise not_there("account")


def require_open(it: ApiKey | Identity, tag: str | None) -> None:
    """Raise `Refused` where *it* is locked, or is not in the state any more that *tag* names."""
    if it.locked:
        raise Refused(Reason.IDENTITY_LOCKED, "It is locked: unlock it before it is changed or deleted.")
    if tag not in (None, "*", it.entity_tag):
        raise Refused(Reason.IDENTITY_CHANGED, "It was changed since: If-Match is not its entity_tag.")


def changed(new: Owned, was: Owned, case: Case) -> Owned:
    """Have *new* written in place of *was* as its next revision, where they are not the same."""
    if new == was:
        return was
    new = replace(new, modified_at=case.now, revision=was.revision + 1)
    case.change.put(new, was=was)
    return new


def not_there(what: str) -> Refused:
    """Return the refusal of what is not there, or is none of the caller's business.

    It does not repeat what was asked for: that goes to the log, and may be the text of a key by mistake.
    """
    return Refused(Reason.IDENTITY_NOT_FOUND, f"There is no {what} with this id.")
