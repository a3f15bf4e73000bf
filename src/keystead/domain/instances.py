"""One tenant's service and its cloud resource name."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.crns import SEGMENTS
from keystead.domain.ids import AccountId, InstanceId, KeyId, is_uuid

_GUID = 7  # the segment of a CRN


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One tenant's key service."""

    id: InstanceId
    account: AccountId
    name: str
    service: str  # "kms" or "hs-crypto": the fifth segment of every CRN
    region: str
    created_at: datetime

    @property
    def crn(self) -> str:
        """The instance's cloud resource name: ten segments, the last two empty."""
        return f"{self._stem}::"

    def is_called(self, name: str) -> bool:
        """Tell whether *name* is the instance's id, in any case, or its cloud resource name."""
        return name.lower() == self.id or name == self.crn

    def key_crn(self, key: KeyId) -> str:
        """Return the cloud resource name of *key* in this instance."""
        return f"{self._stem}:key:{key}"

    def policy_crn(self, policy: str) -> str:
        """Return the cloud resource name of the key policy with the id *policy* in this instance."""
        return f"{self._stem}:policy:{policy}"

    @property
    def _stem(self) -> str:
        return f"crn:v1:bluemix:public:{self.service}:{self.region}:a/{self.account}:{self.id}"


def guid_in(name: str) -> InstanceId | None:
    """Return the id in *name*, an instance's id or CRN, or ``None`` where it is neither."""
    parts = name.split(":")
    guid = parts[_GUID] if len(parts) == SEGMENTS else name
    return InstanceId(guid.lower()) if is_uuid(guid) else None
