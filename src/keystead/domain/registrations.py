"""Registrations: which cloud resources a root key protects. Source: ``spec/kms-api.md`` section 2.14."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.ids import IamId, InstanceId, KeyId, VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One resource that is protected by one key."""

    instance: InstanceId
    key: KeyId
    crn: str  # of the resource
    version: VersionId  # of the key, that the resource is known to use
    prevent_key_deletion: bool
    description: str | None
    metadata: str | None  # the service's own, shown to services only
    created_at: datetime
    created_by: IamId
    updated_at: datetime
    updated_by: IamId
    revision: int = 1  # grows by one with each stored change
