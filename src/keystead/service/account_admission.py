"""Who comes in with a request that is about an account or its people, and not about an instance's keys."""

from typing import Final

from keystead.domain.access import Caller, reaching, unauthorized
from keystead.domain.actions import Scope
from keystead.domain.errors import Refused
from keystead.domain.grants import Grant
from keystead.domain.instances import Instance, guid_in
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.reasons import Reason
from keystead.service.case import Call, Case, Tools
from keystead.service.granting import Granting

_REFUSALS: Final = {
    Scope.OWN: (Reason.IDENTITY_TOKEN, Reason.IDENTITY_FORBIDDEN),
    Scope.PEOPLE: (Reason.IDENTITY_TOKEN, Reason.IDENTITY_FORBIDDEN),
    Scope.GRANTING: (Reason.POLICY_TOKEN, Reason.POLICY_FORBIDDEN),
    Scope.ROLES: (Reason.POLICY_TOKEN, Reason.POLICY_FORBIDDEN),
    Scope.CONTEXTS: (Reason.CONTEXT_TOKEN, Reason.CONTEXT_FORBIDDEN),
}
"""How each of `OF_PEOPLE` refuses a token, and somebody."""
_OF_WHOLE: Final = frozenset({Scope.PEOPLE, Scope.ROLES, Scope.CONTEXTS})


class AccountAdmission:
    """Admits requests about accounts: it notes in the case who calls, and what he holds that allows it."""

    def __init__(self, tools: Tools) -> None:
        self._store = tools.store
        self._granting = Granting(tools.store)
        self._tokens = tools.tokens

    async def admit(self, call: Call[object], case: Case) -> None:
        """Note what allows an action of `IN_ACCOUNT`.

        Whoever holds something in his account may ask; what he may do depends on what he holds.

        Raises:
            Refused: ``UNAUTHORIZED`` or ``INSTANCE_NOT_FOUND``.
            Tampered: a record that this depends on is not ours.
            Unavailable: the store is out of reach.
        """
        case.caller = caller = await self._tokens.authenticate(call.authorization)
        scope = PERMISSIONS[call.action].scope
        mine = await self._granting.of_account(caller, case.now)
        if not mine:
            raise unauthorized()
        if scope is Scope.HELD or scope is Scope.WHOLE:
            case.is_in(instance := await self._held_instance(call.instance or "", mine))
            mine = reaching(mine, instance)
        able = await self._granting.that_allow(call.action, mine)
        case.held = tuple(it for it in able if _reaches(it, scope))
        if not case.held:
            raise unauthorized()

    async def admit_to_people(self, call: Call[object], case: Case) -> None:
        """Note what allows an action of `OF_PEOPLE`; without any, all that he has is what is his own.

        Raises:
            Refused: ``IDENTITY_TOKEN``, ``IDENTITY_FORBIDDEN``, ``POLICY_TOKEN``, ``POLICY_FORBIDDEN``,
                ``CONTEXT_TOKEN`` or ``CONTEXT_FORBIDDEN``.
            Tampered: a record that this depends on is not ours.
            Unavailable: the store is out of reach.
        """
        scope = PERMISSIONS[call.action].scope
        refuse_token, refuse = _REFUSALS[scope]
        case.caller = caller = await self._identified(call.authorization, refuse_token)
        mine = await self._granting.of_account(caller, case.now)
        able = await self._granting.that_allow(call.action, mine)
        case.held = tuple(it for it in able if it.is_whole or scope is Scope.GRANTING)
        if scope in _OF_WHOLE and not case.held:
            raise Refused(refuse, "You have no role on the whole account that allows this")

    async def _identified(self, authorization: str | None, refuse: Reason) -> Caller:
        """Return the caller; whatever is wrong with his token, clients log in again for one answer alone."""
        try:
            return await self._tokens.authenticate(authorization)
        except Refused:
            raise Refused(refuse, "The access token is missing or not valid") from None

    async def _held_instance(self, name: str, held: tuple[Grant, ...]) -> Instance:
        """Return the instance with this id or CRN; one that nothing of *held* reaches is not there."""
        guid = guid_in(name)
        found = None if guid is None else await self._store.instance(guid)
        if found is None or not found.is_called(name) or not reaching(held, found):
            raise Refused(Reason.INSTANCE_NOT_FOUND, "There is no instance with this id or CRN")
        return found


def _reaches(grant: Grant, scope: Scope) -> bool:
    """Tell whether *grant* covers as much as *scope*, one of `IN_ACCOUNT`, asks for."""
    if scope is Scope.WHOLE:
        return grant.is_outside
    return scope is not Scope.WHOLE_ACCOUNT or grant.names_no_instance
