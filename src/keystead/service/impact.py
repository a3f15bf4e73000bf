"""What would come of deleting or disabling a key; nothing is changed by asking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keystead.domain.access import unauthorized
from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.impact import LOOKED_BACK, MOST_REGISTRATIONS, Impact, Outcome
from keystead.domain.keys import Key
from keystead.domain.kmip import Adapter
from keystead.domain.kmip_rules import require_without_adapter
from keystead.domain.lifecycle import deleted
from keystead.domain.registrations import Registration
from keystead.service.case import Case, Tools
from keystead.service.key_uses import uses_since
from keystead.service.registrations import require_deletable


@dataclass(frozen=True, slots=True)
class ForeseenImpact:
    """An impact, with the key that it is of."""

    impact: Impact
    key: Key
    crn: str


@dataclass(frozen=True, slots=True)
class Foresee:
    """Say who would be hit, and who would be in the way.

    Args:
        deed: what the caller must be allowed to do as well, where this was asked for in its place.
    """

    deed: Action | None = None

    async def run(self, case: Case, tools: Tools) -> ForeseenImpact:
        """Look at registrations, adapters, policies and the audit log."""
        key, crn = case.key, case.instance.key_crn(case.key.id)
        if self.deed is not None and not _may(self.deed, case):
            raise unauthorized()
        since = case.now - LOOKED_BACK
        registered = await tools.store.registrations(case.instance.id, key.id)
        adapters = await tools.store.adapters(case.instance.id, key.id)
        uses = await uses_since(since, case, tools)
        impact = Impact(
            registrations=registered[:MOST_REGISTRATIONS],
            more_registrations=len(registered) > MOST_REGISTRATIONS,
            adapters=tuple(adapter.name for adapter in adapters),
            uses=uses,
            outcomes=(
                *(_deletion(registered, adapters, case, force=force) for force in (False, True)),
                Outcome(
                    action="disable",
                    force=False,
                    refusals=_refusals(lambda: key.require(Action.KEY_DISABLE)),
                ),
            ),
        )
        case.response["totalResources"] = len(registered)
        return ForeseenImpact(impact, key, crn)


def _may(action: Action, case: Case) -> bool:
    """Tell whether the caller may do *action* with the key."""
    return case.access is not None and case.access.allows(action, case.key.ring, case.key.id)


def _deletion(
    registered: tuple[Registration, ...], adapters: Sequence[Adapter], case: Case, *, force: bool
) -> Outcome:
    """Ask everything that `keystead.service.lifecycle.Delete` asks; it stops at the first refusal."""
    key = case.key
    refusals = _refusals(
        lambda: key.require(Action.KEY_DELETE),
        lambda: require_without_adapter(adapters),
        lambda: require_deletable(registered, force=force),
        lambda: deleted(key, case.caller.person, case.now),
    )
    return Outcome(action="delete", force=force, refusals=refusals)


def _refusals(*steps: Callable[[], object]) -> tuple[Refused, ...]:
    found: list[Refused] = []
    for step in steps:
        try:
            step()
        except Refused as refused:
            found.append(refused)
    return tuple(found)
