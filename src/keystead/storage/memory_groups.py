"""Resource groups and bookings, in memory."""

from typing import Any

from keystead.domain.allowances import Booked
from keystead.domain.ids import AccountId, IamId, InstanceId
from keystead.domain.resource_groups import ResourceGroup


class GroupsInMemory:
    """The part of the store that is about resource groups, and about what processes book."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: dict[str, ResourceGroup] = {}
        self._booked: dict[tuple[InstanceId, IamId], Booked] = {}

    async def resource_groups(self, account: AccountId) -> tuple[ResourceGroup, ...]:
        """Return the resource groups that *account* made, ordered by id."""
        return tuple(group for _, group in sorted(self._groups.items()) if group.account == account)

    async def booked(self, instance: InstanceId, subject: IamId) -> Booked | None:
        """Return the unwraps of *subject* in *instance*, where any were ever booked."""
        return self._booked.get((instance, subject))

    def _place_of_group(self, record: ResourceGroup | Booked) -> tuple[dict[Any, Any], object]:
        match record:
            case ResourceGroup():
                return self._groups, record.id
            case Booked():
                return self._booked, (record.instance, record.subject)
