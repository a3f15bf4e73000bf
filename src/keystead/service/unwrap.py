"""Unwrap a DEK, and rewrap one to the current version without showing it."""

import msgspec

from keystead.domain.ids import VersionId
from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment
from keystead.domain.ports.unit import Unwrapped
from keystead.service.case import Case, Tools
from keystead.service.wrap import bind


class Rewrapped(msgspec.Struct, frozen=True, kw_only=True):
    """The same DEK under the current version."""

    blob: bytes
    version: VersionId


class UnwrappedDek(msgspec.Struct, frozen=True, kw_only=True):
    """A DEK, the version that it was wrapped with, and a newer wrapping when that version is not current."""

    dek: KeyMaterial
    version: VersionId
    renewed: Rewrapped | None


class RewrappedDek(msgspec.Struct, frozen=True, kw_only=True):
    """A new wrapping and the version of the old one."""

    renewed: Rewrapped
    version: VersionId


class Unwrap(msgspec.Struct, frozen=True, kw_only=True):
    """Open ``blob`` with whichever version wrapped it."""

    blob: bytes
    aad: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> UnwrappedDek:
        """Unwrap, and wrap again when the version is an older one."""
        if tools.limits.are_on_unwraps:
            who, where = case.caller.person, case.instance.id
            await tools.limits.take_unwrap(who, where, case.now, tools.store)
        opened = await _open(self.blob, self.aad, case, tools)
        if case.key.expires_at is not None:
            case.response["expirationDate"] = moment(case.key.expires_at)
        old = opened.version != case.key.current.id
        renewed = await _renew(opened.dek, self.aad, case, tools) if old else None
        return UnwrappedDek(dek=opened.dek, version=opened.version, renewed=renewed)


class Rewrap(msgspec.Struct, frozen=True, kw_only=True):
    """Wrap the DEK in ``blob`` with the current version; the DEK is not shown."""

    blob: bytes
    aad: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> RewrappedDek:
        """Unwrap and wrap again, whatever the version."""
        opened = await _open(self.blob, self.aad, case, tools)
        renewed = await _renew(opened.dek, self.aad, case, tools)
        case.response["rewrappedKeyVersionId"] = renewed.version
        return RewrappedDek(renewed=renewed, version=opened.version)


async def _open(blob: bytes, aad: tuple[str, ...], case: Case, tools: Tools) -> Unwrapped:
    versions = [(bind(case.key, version), version) for version in case.key.versions]
    opened = await tools.unit.unwrap(versions, blob, aad)
    case.response["keyVersionId"] = opened.version
    return opened


async def _renew(dek: KeyMaterial, aad: tuple[str, ...], case: Case, tools: Tools) -> Rewrapped:
    version = case.key.current
    wrapped = await tools.unit.wrap(bind(case.key, version), version, dek, aad)
    return Rewrapped(blob=wrapped.blob, version=version.id)
