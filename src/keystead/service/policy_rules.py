"""Which policies a caller may see and make: those on what his own grants cover, and no others (AUT-6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from keystead.domain.attributes import ACCOUNT, SERVICE_TYPE, Attribute, covers
from keystead.domain.errors import Refused
from keystead.domain.grant_rules import GrantOrder, bad_policy
from keystead.domain.grants import MOST_GRANTS, MOST_TIMED, Grant
from keystead.domain.ids import ACCESS_GROUPS, IamId
from keystead.domain.reasons import Reason
from keystead.domain.roles import Customs
from keystead.domain.time_rules import When
from keystead.service.case import Case, Tools

_OF_SERVICES: Final = Attribute(name=SERVICE_TYPE, value="service")


@dataclass(frozen=True, slots=True)
class ShownGrant:
    """A grant, and the roles that its account made."""

    grant: Grant
    customs: Customs


async def customs(case: Case, tools: Tools) -> Customs:
    """Return the roles that the caller's account made, by their names."""
    return {role.name: role for role in await tools.store.custom_roles(case.account)}


def is_covered(resource: tuple[Attribute, ...], case: Case) -> bool:
    """Tell whether what lets the caller act reaches over all of *resource*.

    Whatever it names beside the account is an attribute of instances, which all are of services.
    """
    return _reach(resource, case.held)


def require_reach(resource: tuple[Attribute, ...], when: When | None, case: Case) -> None:
    """Raise `Refused` unless what lets the caller act reaches over all of *resource*, whenever that is.

    Who is an Administrator for a while makes nobody one for longer, and takes nothing away that lasts longer.
    """
    lasting = [grant for grant in case.held if grant.when in (None, when)]
    if not _reach(resource, lasting):
        raise Refused(Reason.POLICY_FORBIDDEN, "You are not an Administrator of all that the policy is on")


async def the_grant(grant_id: str, every: tuple[Grant, ...], case: Case) -> Grant:
    """Return the one of *every* with this id; `Refused` where it is none of the caller's business."""
    for grant in every:
        if grant.id == grant_id and is_covered(grant.resource, case):
            return grant
    raise Refused(Reason.POLICY_NOT_FOUND, "There is no policy with this id")


def require_own(account: str | None, case: Case) -> None:
    """Raise `Refused` with ``POLICY_FORBIDDEN`` for any account but the caller's."""
    if account not in (None, case.account):
        raise Refused(Reason.POLICY_FORBIDDEN, "This is not your account")


def require_tag(tag: str, of: str, reason: Reason) -> None:
    """Raise `Refused` where *tag*, what the caller knows, is not the tag *of* what there is."""
    if tag not in ("*", of):
        raise Refused(reason, "It was changed since: If-Match is not its ETag")


async def require_possible(order: GrantOrder, case: Case, tools: Tools) -> None:
    """Raise `Refused` unless the caller may have a grant that says this, and it can take effect.

    Raises:
        Refused: ``POLICY_BODY`` or ``POLICY_FORBIDDEN``.
    """
    if not case.held:
        raise Refused(Reason.POLICY_FORBIDDEN, "You are not an Administrator of anything")
    order.require_sound(case.account, await customs(case, tools))
    require_reach(order.resource, order.when, case)


async def require_subject(subject: IamId, case: Case, tools: Tools) -> None:
    """Raise `Refused` where nobody in the account is called *subject*, or he is to stay as he is."""
    if subject.startswith(ACCESS_GROUPS):
        if all(it.id != subject for it in await tools.store.access_groups(case.account)):
            raise bad_policy("the account has no access group with this access_group_id")
        return
    who = await tools.store.identity(subject)
    if who is None or who.account != case.account:
        raise bad_policy("nobody in the account has this iam_id")
    if who.locked:
        raise Refused(Reason.POLICY_REFUSED, "The service id is locked: unlock it before it is granted more")


def require_room(new: Grant, every: tuple[Grant, ...]) -> None:
    """Raise `Refused` where *every* grant in force is one too many already, or says the same as *new*."""
    active = [it for it in every if it.is_active and it.id != new.id]
    if len(active) >= MOST_GRANTS:
        raise Refused(Reason.POLICY_REFUSED, f"An account has at most {MOST_GRANTS} policies")
    if new.when is not None and sum(it.when is not None for it in active) >= MOST_TIMED:
        raise Refused(Reason.POLICY_REFUSED, f"An account has at most {MOST_TIMED} policies with a rule")
    if any(_says(it) == _says(new) for it in active):
        raise Refused(Reason.POLICY_CONFLICT, "There is a policy with the same subject, roles and resource")


def require_steward(was: Grant, new: Grant | None, every: tuple[Grant, ...]) -> None:
    """Raise `Refused` where *new* in place of *was* leaves the account without an Administrator.

    Nobody could grant anything any more then but the operator on the server's machine.
    """
    if not was.is_steward or (new is not None and new.is_steward):
        return
    if not any(it.is_steward for it in every if it.id != was.id):
        raise Refused(Reason.POLICY_REFUSED, "It makes the account's last Administrator: make another first")


def _reach(resource: tuple[Attribute, ...], grants: Iterable[Grant]) -> bool:
    on_services = any(it.name != ACCOUNT for it in resource)
    whole = (*resource, _OF_SERVICES) if on_services else resource
    return any(covers(grant.resource, whole) for grant in grants)


def _says(grant: Grant) -> tuple[object, ...]:
    said = frozenset(grant.source), frozenset(grant.roles), frozenset(grant.resource)
    return grant.subject, *said, grant.when
