"""Key rings: what access is granted on."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.ids import IamId, InstanceId, RingId

MOST_RINGS = 50
"""Of one instance, besides ``default``. Source: ``spec/kms-api.md`` section 3.6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A key ring that somebody made; ``default`` is always there and no record."""

    instance: InstanceId
    id: RingId
    created_at: datetime | None = None  # unknown of rings that were made before this was kept
    created_by: IamId | None = None
