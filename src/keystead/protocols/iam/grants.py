"""What can be exchanged for an access token. Source: ``spec/iam-and-provisioning.md`` section 1.2."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.identities import IssuedToken
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.forms import TOKEN_CHARACTERS, Form, client_of
from keystead.service.assuming import (
    ASSUME,
    AUTHORIZED,
    WORKLOAD,
    AssumeByWorkload,
    AssumeProfile,
    IssueAuthorized,
    ProfileName,
)
from keystead.service.case import Command
from keystead.service.passcodes import IssueForPasscode
from keystead.service.tokens import IssueToken, RenewToken

APIKEY_GRANT: Final = "urn:ibm:params:oauth:grant-type:apikey"
REFRESH_GRANT: Final = "refresh_token"
PASSCODE_GRANT: Final = "urn:ibm:params:oauth:grant-type:passcode"
PASSWORD_GRANT: Final = "password"  # noqa: S105 - the name of a grant
APIKEY_CHARACTERS: Final = 1024
PASSCODE_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form, who sends it as which client."""

    form: Form
    client: str
    peer: str


def command(exchange: Exchange, peer: str) -> Command[IssuedToken]:
    """Return what a form asks for; `Refused` with ``IAM_GRANT_UNKNOWN`` for what nobody can have here."""
    asked = _Asked(Form(exchange), client_of(exchange.header(b"authorization")), peer)
    grant = asked.form.text("grant_type")
    if grant == PASSWORD_GRANT:
        raise Refused(
            Reason.IAM_GRANT_UNKNOWN,
            "Nobody has a password here: log in with an API key, or with a passcode.",
        )
    reader = _READERS.get(grant or "")
    if reader is None:
        raise Refused(Reason.IAM_GRANT_UNKNOWN, "The grant_type is missing or not supported.")
    return reader(asked)


def _api_key(asked: _Asked) -> Command[IssuedToken]:
    unknown = Refused(Reason.IAM_KEY_NOT_FOUND, "Provided API key could not be found.")
    text = asked.form.secret("apikey", APIKEY_CHARACTERS, unknown)
    return IssueToken(apikey=text, client_id=asked.client, peer=asked.peer)


def _refresh(asked: _Asked) -> Command[IssuedToken]:
    unknown = Refused(Reason.IAM_REFRESH_TOKEN, "The refresh token is not valid.")
    text = asked.form.secret("refresh_token", TOKEN_CHARACTERS, unknown)
    return RenewToken(refresh_token=text, client_id=asked.client, peer=asked.peer)


def _passcode(asked: _Asked) -> Command[IssuedToken]:
    unknown = Refused(Reason.IAM_PASSCODE, "The passcode is not valid.")
    text = asked.form.secret("passcode", PASSCODE_CHARACTERS, unknown)
    return IssueForPasscode(passcode=text, client_id=asked.client, peer=asked.peer)


def _assume(asked: _Asked) -> Command[IssuedToken]:
    profile = _profile(asked.form)
    if profile.name is not None and profile.account is None:
        raise Refused(Reason.IAM_PARAMETER_MISSING, "Property missing or empty: account.")
    text = asked.form.secret("access_token", TOKEN_CHARACTERS, _no_token())
    return AssumeProfile(token=text, profile=profile, client_id=asked.client)


def _workload(asked: _Asked) -> Command[IssuedToken]:
    text = asked.form.secret("cr_token", TOKEN_CHARACTERS, _no_token())
    profile = _profile(asked.form)
    return AssumeByWorkload(token=text, profile=profile, client_id=asked.client)


def _authorized(asked: _Asked) -> Command[IssuedToken]:
    text = asked.form.secret("access_token", TOKEN_CHARACTERS, _no_token())
    desired = asked.form.needed("desired_iam_id")
    return IssueAuthorized(token=text, desired=desired, client_id=asked.client)


def _profile(form: Form) -> ProfileName:
    """Return which profile is meant; `Refused` with ``IAM_PARAMETER_MISSING`` where none is named."""
    named = ProfileName(
        id=form.text("profile_id"),
        crn=form.text("profile_crn"),
        name=form.text("profile_name"),
        account=form.text("account"),
    )
    if named.id is None and named.crn is None and named.name is None:
        raise Refused(
            Reason.IAM_PARAMETER_MISSING,
            "Property missing or empty: profile_id, profile_crn or profile_name.",
        )
    return named


def _no_token() -> Refused:
    return Refused(Reason.IAM_PROFILE, "The token of who wants to assume it is not valid.")


_READERS: Final[Mapping[str, Callable[[_Asked], Command[IssuedToken]]]] = {
    APIKEY_GRANT: _api_key,
    REFRESH_GRANT: _refresh,
    ASSUME: _assume,
    WORKLOAD: _workload,
    AUTHORIZED: _authorized,
    PASSCODE_GRANT: _passcode,
}
GRANTS: Final = tuple(_READERS)
"""What can be exchanged."""
