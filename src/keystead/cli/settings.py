"""Which server, instance and credential a command uses: environment, login file, then IBM's variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from keystead.cli import config
from keystead.cli.config import Config
from keystead.client.errors import BadInput
from keystead.client.login import AccessToken
from keystead.client.transport import base_url
from keystead.domain.ids import is_uuid
from keystead.domain.material import KeyMaterial

_IBM_IAM = "https://iam.cloud.ibm.com"
_IBM_HOSTS = (".cloud.ibm.com", ".appdomain.cloud")
_MAX_API_KEY = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server and how to reach it."""

    url: str
    iam_url: str
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a session needs; at least one of *token* and *api_key* is there."""

    place: Place
    instance: str
    token: AccessToken | None
    api_key: KeyMaterial | None


def load(environment: Mapping[str, str]) -> Settings:
    """Gather the settings of one command.

    Raises:
        BadInput: server, instance or credential is missing or malformed; the text says what to set.
    """
    kept = config.read(config.path(environment))
    if (named := environment.get("KEYSTEAD_URL")) and (kept is None or base_url(named) != kept.url):
        kept = None  # another server's token must not go to this one
    place = _place(environment, kept)
    instance = instance_id(environment.get("KP_INSTANCE_ID") or (kept.instance if kept else ""))
    token, api_key = _credential(environment, kept)
    return Settings(place=place, instance=instance, token=token, api_key=api_key)


def instance_id(text: str) -> str:
    """Read an instance id; `BadInput` unless it is a UUID."""
    if not text:
        raise BadInput("no instance is set; set KP_INSTANCE_ID or run `keystead login --instance ID`")
    if not is_uuid(text):
        raise BadInput(f"the instance {text!r} is not a UUID; set KP_INSTANCE_ID to the id of your instance")
    return text.lower()


def default_iam(url: str) -> str:
    """Return where tokens come from: IBM's IAM for IBM's hosts, else the server itself."""
    return _IBM_IAM if (urlsplit(url).hostname or "").endswith(_IBM_HOSTS) else url


def api_key_from(file: Path) -> KeyMaterial:
    """Read an API key from *file*; `BadInput` when that cannot be."""
    try:
        with file.open("rb") as opened:
            return api_key(opened.read(_MAX_API_KEY), str(file))
    except OSError as error:
        raise BadInput(f"cannot read the API key file {file}: {error.strerror}") from error


def api_key(octets: bytes, name: str) -> KeyMaterial:
    """Read an API key; `BadInput` naming *name*, never the key, when it is no printable text."""
    stripped = octets.strip()
    if not stripped or not stripped.isascii() or not stripped.decode("ascii").isprintable():
        raise BadInput(f"{name} holds no API key; give the text of one, on one line")
    return KeyMaterial(stripped)


def _place(environment: Mapping[str, str], kept: Config | None) -> Place:
    ca_file = environment.get("KEYSTEAD_CA_FILE") or (kept.ca_file if kept else None)
    url, iam_url = _addresses(environment, kept)
    return Place(url=url, iam_url=iam_url, ca_file=Path(ca_file) if ca_file else None)


def _addresses(environment: Mapping[str, str], kept: Config | None) -> tuple[str, str]:
    if kept is not None:
        return kept.url, kept.iam_url
    if named := environment.get("KEYSTEAD_URL"):
        return base_url(named), default_iam(base_url(named))
    if foreign := environment.get("KP_TARGET_ADDR"):
        return base_url(foreign), base_url(environment.get("IBMCLOUD_IAM_API_ENDPOINT") or _IBM_IAM)
    raise BadInput("no server is set; run `keystead login --url URL --instance ID` or set KEYSTEAD_URL")


def _credential(
    environment: Mapping[str, str], kept: Config | None
) -> tuple[AccessToken | None, KeyMaterial | None]:
    if named := environment.get("KEYSTEAD_API_KEY"):
        return None, api_key(named.encode(), "KEYSTEAD_API_KEY")
    if kept is not None:
        token = AccessToken(KeyMaterial(kept.token.encode()), kept.expires_at)
        return token, api_key_from(Path(kept.api_key_file)) if kept.api_key_file else None
    if named := environment.get("IBMCLOUD_API_KEY"):
        return None, api_key(named.encode(), "IBMCLOUD_API_KEY")
    raise BadInput("no API key is set; run `keystead login` or set KEYSTEAD_API_KEY")
