"""What holds for resource groups in every store."""

from collections.abc import Iterable

from keystead.domain.changes import Addition, RecordWrite
from keystead.domain.instances import Instance
from keystead.domain.resource_groups import MOST_GROUPS, ResourceGroup
from keystead.storage.answers import overtaken


def groups_needed(added: Iterable[Addition]) -> set[str]:
    """Return the ids of the groups that must be there for what is *added*."""
    return {it.group for it in added if isinstance(it, Instance) and it.group is not None}


def require_settled(
    write: RecordWrite, groups: Iterable[ResourceGroup], instances: Iterable[Instance]
) -> None:
    """Raise `Conflict` where groups must not become what *write* has made of them.

    Args:
        write: of a group.
        groups: all that there are by now.
        instances: likewise.
    """
    new, was = write.new, write.was
    if isinstance(new, ResourceGroup):
        mine = [it for it in groups if it.account == new.account]
        if len(mine) > MOST_GROUPS or any(it.id != new.id and it.is_called(new.name) for it in mine):
            raise overtaken()
    elif isinstance(was, ResourceGroup) and any(
        it.group == was.id and it.state != "removed" for it in instances
    ):
        raise overtaken()
