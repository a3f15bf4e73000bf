"""Wrap a DEK with a root key."""

import msgspec

from keystead.domain.ids import VersionId
from keystead.domain.keys import Key, KeyVersion
from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment
from keystead.domain.ports.unit import Binding
from keystead.service.case import Case, Tools


class WrappedDek(msgspec.Struct, frozen=True, kw_only=True):
    """A wrapped DEK; ``made`` is the DEK itself when the service made it."""

    blob: bytes
    made: KeyMaterial | None
    version: VersionId


class Wrap(msgspec.Struct, frozen=True, kw_only=True):
    """Wrap ``dek``, or a fresh one of 32 octets, under the key's current version."""

    dek: KeyMaterial | None
    aad: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> WrappedDek:
        """Let the unit wrap."""
        key = case.key
        version = key.current
        wrapped = await tools.unit.wrap(bind(key, version), version, self.dek, self.aad)
        case.response["keyVersionId"] = version.id
        if key.expires_at is not None:
            case.response["expirationDate"] = moment(key.expires_at)
        return WrappedDek(blob=wrapped.blob, made=wrapped.made, version=version.id)


def bind(key: Key, version: KeyVersion) -> Binding:
    """Return where the sealed material of *version* belongs."""
    return Binding(instance=key.instance, key=key.id, version=version.id, extractable=key.extractable)
