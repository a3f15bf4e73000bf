"""The parts of a service that settings name, each opened as they say."""

from typing import Final

from keystead.config import Settings, SettingsError
from keystead.domain.ids import AccountId, IamId
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import CryptoUnit
from keystead.identity.external import ExternalIssuer, ExternalTokens
from keystead.identity.provider_keys import https_fetch
from keystead.protocols.http.proxies import Proxies, read_networks
from keystead.storage.opening import open_store
from keystead.units.master_key import load_or_create
from keystead.units.private_files import read_private
from keystead.units.seals import FileSeal, PassphraseSeal, Seal

_SECRET_FILE_LIMIT: Final = 4096


def trusted_proxies(settings: Settings) -> Proxies | None:
    """Return the proxies that are believed, or ``None``; `SettingsError`."""
    try:
        return Proxies(read_networks(settings.trusted_proxies)) or None
    except ValueError as error:
        raise SettingsError(f"trusted_proxies: {error}") from None


def external_tokens(settings: Settings, clock: Clock) -> dict[str, ExternalTokens]:
    """Return what verifies the tokens of other issuers, by their names; `SettingsError`."""
    found: dict[str, ExternalTokens] = {}
    for one in settings.identity_providers:
        if one.issuer in found or one.issuer == settings.issuer:
            raise SettingsError(f"identity_providers: {one.issuer} is named twice, or is our own issuer")
        issuer = ExternalIssuer(
            name=one.issuer,
            audience=one.audience,
            account=AccountId(one.account),
            claim=one.claim,
            identities={value: IamId(iam_id) for value, iam_id in one.identities.items()},
            cluster=one.cluster,
        )
        try:
            fetch = https_fetch(one.ca_file)
        except OSError as error:
            raise SettingsError(f"identity_providers: {one.ca_file} cannot be read: {error}") from None
        found[one.issuer] = ExternalTokens(issuer, one.jwks_url, fetch, clock)
    return found


def master_key(settings: Settings) -> KeyMaterial:
    """Open the master key; a new one is made only where nothing is that an old one has sealed.

    Raises:
        SettingsError: it is missing, or how it is sealed is not said.
    """
    file = settings.data / "unit" / "master.key"
    used = (settings.data / "keystead.db").exists() or any((settings.data / "audit").iterdir())
    if used and not file.exists():
        raise SettingsError(
            f"{file} is missing and {settings.data} is in use: put the file back from its copy"
        )
    return load_or_create(file, _seal(settings))


def _seal(settings: Settings) -> Seal:
    if settings.seal == "file":
        return FileSeal(settings.seal_file or settings.data / "unit" / "seal.key")
    if settings.seal_file is None:
        raise SettingsError('seal = "passphrase" needs seal_file, the file that holds the passphrase')
    text = read_private(settings.seal_file, _SECRET_FILE_LIMIT)
    return PassphraseSeal(KeyMaterial(text.rstrip(b"\r\n")))


async def database(settings: Settings, unit: CryptoUnit) -> Store:
    """Open the store; `SettingsError` for an address that is none, `Unavailable`."""
    try:
        return await open_store(settings.store_url, unit, origin=settings.node)
    except ValueError as error:
        raise SettingsError(f"database: {error}") from None
