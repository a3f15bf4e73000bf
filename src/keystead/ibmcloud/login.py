"""Logging in, and what a login aims at. Source: ``spec/cli.md`` 2.1, 2.2 and 2.4 (CORE-1 to CORE-6)."""

from collections.abc import Mapping
from typing import Any, Final

from keystead.client.errors import BadInput
from keystead.client.transport import base_url
from keystead.ibmcloud import places, sessions, store
from keystead.ibmcloud.call import Call
from keystead.ibmcloud.credentials import credential_of, log_in
from keystead.ibmcloud.resource.groups import require_group
from keystead.ibmcloud.screen import write
from keystead.ibmcloud.words import WrongUsage

_NO_TOKENS: Final = {"IAMToken": "", "IAMRefreshToken": "", "Account": {}}


def login(call: Call) -> None:
    """Exchange what one logs in with for tokens and store those alone; only for a code is asked (CORE-2)."""
    _require_validation(call)
    stored = store.read(call.environment)
    address, credential = _address(call, stored), credential_of(call)
    call.screen.say(f"API endpoint: {address}")
    call.screen.say("Authenticating...")
    tokens = log_in(call.transport(), places.iam(call.environment, address), credential)
    account = _account(sessions.claims(tokens.access.reveal().decode()))
    _require_account(call, account)
    changes: dict[str, Any] = {"APIEndpoint": address, **tokens.stored, "Account": account}
    store.write(call.environment, changes | _aim(call))
    store.write(call.environment, _group(call))
    call.screen.ok()
    _show_target(call)


def logout(call: Call) -> None:
    """Forget the tokens."""
    store.write(call.environment, _NO_TOKENS)
    call.screen.say("Logging out...")
    call.screen.done()


def target(call: Call) -> None:
    """Show what commands aim at, or change it."""
    stored = store.read(call.environment)
    if not stored.get("IAMToken"):
        raise sessions.not_logged_in()
    _require_account(call, stored.get("Account") or {})
    changes = _aim(call) | _group(call)
    if call.line.on("unset-region"):
        changes["Region"] = ""
    if call.line.on("unset-resource-group"):
        changes["ResourceGroup"] = {}
    if changes:
        store.write(call.environment, changes)
    _show_target(call)


def api(call: Call) -> None:
    """Show, set or forget the server."""
    _require_validation(call)
    named = call.line.arguments[0] if call.line.arguments else None
    if call.line.on("unset"):
        store.write(call.environment, {"APIEndpoint": ""})
    elif named is not None:
        store.write(call.environment, {"APIEndpoint": base_url(named), **_NO_TOKENS})
    address = store.read(call.environment).get("APIEndpoint") or places.DEFAULT_API
    if call.screen.is_json:
        call.screen.json({"api_endpoint": address})
    else:
        call.screen.say(f"API endpoint: {address}")


def oauth_tokens(call: Call) -> None:
    """Print the access token, two blanks before it (CORE-4); renewed if it is at its end."""
    login_ = sessions.StoredLogin(call.environment, call.transport())
    token = f"Bearer {login_.bearer().reveal().decode()}"
    if call.screen.is_json:
        call.screen.json({"iam_token": token})
    else:
        write(f"IAM token:  {token}")


def account(call: Call) -> None:
    """Show the account of the login."""
    stored = store.read(call.environment)
    if not stored.get("IAMToken"):
        raise sessions.not_logged_in()
    found = stored.get("Account", {})
    value = {"name": found.get("Name"), "account_id": found.get("GUID"), "owner": found.get("Owner")}
    if call.screen.is_json:
        call.screen.json(value)
    else:
        call.screen.block(
            dict(zip(("Account Name:", "Account ID:", "Account Owner:"), value.values(), strict=True))
        )


def _address(call: Call, stored: Mapping[str, Any]) -> str:
    """Return the server; where IAM was moved to, the rest is as well."""
    moved = map(call.environment.get, ("IBMCLOUD_API_ENDPOINT", "IBMCLOUD_IAM_API_ENDPOINT"))
    named = (call.line.text("api-endpoint"), *moved, stored.get("APIEndpoint"))
    text = str(next(filter(None, named), places.DEFAULT_API))
    return base_url(text if "://" in text else f"https://{text}")


def _require_validation(call: Call) -> None:
    if call.line.on("skip-ssl-validation"):
        raise WrongUsage(
            "Certificates are always validated. Name the authority to trust in KEYSTEAD_CA_FILE."
        )


def _require_account(call: Call, account: Mapping[str, Any]) -> None:
    wanted = call.line.text("account")
    if wanted is not None and wanted != account.get("GUID"):
        raise BadInput(f"The login has no access to the account '{wanted}'.")


def _aim(call: Call) -> dict[str, Any]:
    """Return what the command line aims at, as it is stored."""
    region = call.line.text("region")
    found: dict[str, Any] = {}
    if region is not None:
        found["Region"] = region
    if call.line.on("no-region"):
        found["Region"] = ""
    return found


def _group(call: Call) -> dict[str, Any]:
    """Return the resource group that the command line names, as it is stored; `BadInput` if none is so."""
    name = call.line.text("group")
    return {} if name is None else {"ResourceGroup": require_group(call, name)}


def _account(named: Mapping[str, Any]) -> dict[str, Any]:
    guid = named.get("account", {}).get("bss") if isinstance(named.get("account"), dict) else None
    return {"GUID": guid, "Name": guid, "Owner": named.get("email") or named.get("sub")}


def _show_target(call: Call) -> None:
    stored = store.read(call.environment)
    found, group = stored.get("Account") or {}, stored.get("ResourceGroup") or {}
    if call.screen.is_json:
        call.screen.json(
            {
                "api_endpoint": stored.get("APIEndpoint"),
                "region": {"name": stored.get("Region") or ""},
                "user": {"user_email": found.get("Owner")},
                "account": {"guid": found.get("GUID"), "name": found.get("Name")},
                "resource_group": {"guid": group.get("GUID", ""), "name": group.get("Name", "")},
            }
        )
        return
    none = "No resource group targeted, use 'ibmcloud target -g RESOURCE_GROUP'"
    call.screen.say("")
    for label, value in (
        ("API endpoint:", stored.get("APIEndpoint") or places.DEFAULT_API),
        ("Region:", stored.get("Region") or ""),
        ("User:", found.get("Owner")),
        ("Account:", f"{found.get('Name')} ({found.get('GUID')})"),
        ("Resource group:", group.get("Name") or none),
    ):
        call.screen.say(f"{label:<18} {value}")
