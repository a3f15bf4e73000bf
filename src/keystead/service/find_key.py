"""Find a key by what a request calls it."""

from keystead.domain.errors import Refused
from keystead.domain.ids import InstanceId, KeyId, is_alias, is_uuid
from keystead.domain.keys import Key
from keystead.domain.ports.keys import Keys
from keystead.domain.reasons import Reason


async def find_key(keys: Keys, instance: InstanceId, name: str) -> Key | None:
    """Return the key that *name* is the id or alias of; errors as `Keys.key`, without ``KEY_NOT_FOUND``."""
    try:
        if is_uuid(name):
            return await keys.key(instance, KeyId(name.lower()))
        return await keys.key_by_alias(instance, name) if is_alias(name) else None
    except Refused as refused:
        if refused.reason is Reason.KEY_NOT_FOUND:
            return None
        raise
