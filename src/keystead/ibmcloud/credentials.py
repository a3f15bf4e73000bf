"""What a login is exchanged for: an API key, a one-time code, a workload's token, and a profile to assume.

Source: ``spec/cli.md`` 2.1 (CORE-1); ``spec/iam-and-provisioning.md`` 1.2.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from keystead.client.errors import BadInput
from keystead.client.login import api_key_form
from keystead.client.refusals import refusal
from keystead.client.transport import Transport
from keystead.domain.ids import PROFILES
from keystead.domain.material import KeyMaterial
from keystead.ibmcloud.call import Call
from keystead.ibmcloud.door import decoded
from keystead.ibmcloud.screen import write
from keystead.ibmcloud.sessions import Tokens, claims, exchange
from keystead.ibmcloud.words import WrongUsage

_MAX_FILE: Final = 64 * 1024
_MAX_KEY: Final = 4096
_MAX_TOKEN: Final = 8192
_GRANT: Final = "urn:ibm:params:oauth:grant-type:"
_WAYS: Final = ("apikey", "sso", "cr-token")
_IDS: Final = (PROFILES, PROFILES.removeprefix("iam-"))


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody logs in with: what IAM is sent, unless a one-time code is to be asked for."""

    form: dict[str, str] | None = field(repr=False)
    profile: str | None  # that is assumed then


def credential_of(call: Call) -> Credential:
    """Return what the command line names, or the environment; `BadInput` or `WrongUsage`."""
    profile = call.line.text("profile")
    if sum(call.line.on(way) or call.line.text(way) is not None for way in _WAYS) > 1:
        raise WrongUsage("Give one of '--apikey', '--sso' and '--cr-token'.")
    if call.line.on("sso"):
        return Credential(None, profile)
    token = call.line.text("cr-token")
    if token is None:
        return Credential(api_key_form(_api_key(call)), profile)
    if profile is None:
        raise WrongUsage("'--cr-token' needs '--profile', the trusted profile that is assumed.")
    text = _secret(token, _MAX_TOKEN, "token").reveal().decode()
    return Credential({"grant_type": f"{_GRANT}cr-token", "cr_token": text, **_named(profile)}, None)


def log_in(transport: Transport, iam: str, credential: Credential) -> Tokens:
    """Exchange *credential* for tokens; `RemoteError` when IAM refuses."""
    own = exchange(transport, iam, credential.form or _passcode_form(transport, iam))
    return own if credential.profile is None else _assumed(transport, iam, own, credential.profile)


def _assumed(transport: Transport, iam: str, own: Tokens, profile: str) -> Tokens:
    """Return tokens as a profile: what renews one's own token renews none of those."""
    text = own.access.reveal().decode()
    named = _named(profile)
    if "profile_name" in named:
        account: Any = claims(text).get("account") or {}
        named["account"] = str(account.get("bss"))
    return exchange(transport, iam, {"grant_type": f"{_GRANT}assume", "access_token": text, **named})


def _named(profile: str) -> dict[str, str]:
    """Return how a profile is named: by its id, its CRN or its name."""
    if profile.startswith("crn:"):
        return {"profile_crn": profile}
    return {"profile_id": profile} if profile.startswith(_IDS) else {"profile_name": profile}


def _passcode_form(transport: Transport, iam: str) -> dict[str, str]:
    """Ask for a one-time code, which a script may pipe in."""
    answer = transport.send(
        "GET", f"{iam}/identity/.well-known/openid-configuration", headers={"accept": "application/json"}
    )
    if not answer.ok:
        raise refusal(answer)
    where = decoded(answer, dict[str, Any]).get("passcode_endpoint")
    write(f"One-time code (get one with POST {where}):", sys.stderr)
    code = sys.stdin.readline().strip()
    if not code:
        raise BadInput("No one-time code was given.")
    return {"grant_type": f"{_GRANT}passcode", "passcode": code}


def _api_key(call: Call) -> KeyMaterial:
    """Return the key: of the option, of the file that it names, or of the environment."""
    text = call.line.text("apikey")
    if text is None:
        text = call.environment.get("IBMCLOUD_API_KEY") or call.environment.get("BLUEMIX_API_KEY")
    if not text:
        raise WrongUsage("Give an API key with '--apikey' or IBMCLOUD_API_KEY.")
    return _secret(text, _MAX_KEY, "API key")


def _secret(text: str, longest: int, what: str) -> KeyMaterial:
    octets = _of_file(Path(text[1:])) if text.startswith("@") else text.encode()
    if (
        not octets.isascii()
        or not octets.decode("ascii").isprintable()
        or len(octets) not in range(1, longest)
    ):
        raise BadInput(f"That is no {what}.")
    return KeyMaterial(octets)


def _of_file(file: Path) -> bytes:
    """Read the bare secret, or the JSON that `iam api-key-create --file` writes (CORE-1)."""
    with file.open("rb") as opened:
        octets = opened.read(_MAX_FILE).strip()
    try:
        found = msgspec.json.decode(octets, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return octets
    return str(found.get("apikey") or "").encode()
