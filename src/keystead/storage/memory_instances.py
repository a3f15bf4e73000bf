"""What holds for instances, in memory; see `keystead.storage.instances`."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from keystead.domain.access import unauthorized
from keystead.domain.changes import Addition, KeyWrite
from keystead.domain.instances import MOST_INSTANCES, Instance
from keystead.domain.keys import Key, KeyState
from keystead.storage.answers import gaining_keys, overtaken


def require_instances_within(instances: Collection[Instance], added: Iterable[Addition]) -> None:
    """Raise `Conflict` where, with what was *added*, an account has more instances than it may have."""
    if len(instances) <= MOST_INSTANCES:
        return  # no account has more than all together, and to count each one's takes a while
    accounts = {it.account for it in added if isinstance(it, Instance)}
    there = Counter(it.account for it in instances if it.state != "removed") if accounts else {}
    if any(there[account] > MOST_INSTANCES for account in accounts):
        raise overtaken()


def require_deserted(keys: Iterable[Key], instance: Instance) -> None:
    """Raise `Conflict` where *instance* is being deleted and holds a key that is not destroyed."""
    if instance.state != "active" and any(
        key.instance == instance.id and key.state is not KeyState.DESTROYED for key in keys
    ):
        raise overtaken()


def require_not_removed(instances: Mapping[str, Instance], writes: Iterable[KeyWrite]) -> None:
    """Raise `Refused` with ``UNAUTHORIZED`` where a key would come to life in a deleted instance."""
    if any(instances[instance].state != "active" for instance in gaining_keys(writes)):
        raise unauthorized()
