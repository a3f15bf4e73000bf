"""Show and set the policies of a key."""

from dataclasses import dataclass, replace

from keystead.domain.instances import Instance
from keystead.domain.key_policies import Moment, Wishes, with_dual_auth, with_rotation
from keystead.domain.keys import Key
from keystead.domain.policies import DualAuthPolicy, PolicyKind, RotationPolicy
from keystead.service.case import Case, Tools

KeyPolicy = RotationPolicy | DualAuthPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPolicies:
    """Policies of one key."""

    policies: tuple[KeyPolicy, ...]
    instance: Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadKeyPolicies:
    """The policies that were ever set; *kind* leaves one of them."""

    kind: PolicyKind | None

    async def run(self, case: Case, tools: Tools) -> ShownPolicies:  # noqa: ARG002 - every command has this shape
        """Show them."""
        kinds = (PolicyKind.ROTATION, PolicyKind.DUAL_AUTH_DELETE) if self.kind is None else (self.kind,)
        return _shown(case, case.key, kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteKeyPolicies:
    """Set one or both policies; what is not wished for stays."""

    wishes: Wishes

    async def run(self, case: Case, tools: Tools) -> ShownPolicies:
        """Set them, all or none, and show those that were set."""
        key, kinds = wished(case.key, self.wishes, case, tools)
        # No lifecycle action, so no waiting time begins.
        after = replace(key, updated_at=case.now, revision=key.revision + 1)
        case.request.update(initialValue=_facts(case.key), newValue=_facts(after))
        case.change.save(after, was=case.key)
        return _shown(case, after, kinds)


def wished(key: Key, wishes: Wishes, case: Case, tools: Tools) -> tuple[Key, tuple[PolicyKind, ...]]:
    """Return *key* with its policies as wished, and the kinds that were set.

    Raises:
        Refused: as `with_rotation` and `with_dual_auth`.
    """
    after, kinds = key, []
    if wishes.rotation is not None:
        after = with_rotation(after, wishes.rotation, _moment(case, tools))
        kinds.append(PolicyKind.ROTATION)
    if wishes.dual_auth is not None:
        after = with_dual_auth(after, _moment(case, tools), enabled=wishes.dual_auth)
        kinds.append(PolicyKind.DUAL_AUTH_DELETE)
    return after, tuple(kinds)


def _moment(case: Case, tools: Tools) -> Moment:
    return Moment(by=case.caller.iam_id, now=case.now, new_id=tools.new_id())


def _shown(case: Case, key: Key, kinds: tuple[PolicyKind, ...]) -> ShownPolicies:
    of_kind = {PolicyKind.ROTATION: key.rotation, PolicyKind.DUAL_AUTH_DELETE: key.dual_auth}
    found = (of_kind[kind] for kind in kinds)
    return ShownPolicies(policies=tuple(one for one in found if one is not None), instance=case.instance)


def _facts(key: Key) -> dict[str, object]:
    facts: dict[str, object] = {}
    if key.rotation is not None:
        months = key.rotation.interval_months
        facts["rotation"] = {"enabled": key.rotation.enabled, "interval_month": months}
    if key.dual_auth is not None:
        facts["dualAuthDelete"] = {"enabled": key.dual_auth.enabled}
    return facts
