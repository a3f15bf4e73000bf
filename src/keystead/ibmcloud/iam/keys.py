"""`iam api-key…`, `service-id…` and `service-api-key…`. Source: ``spec/cli.md`` 2.2."""

from pathlib import Path
from typing import Final

import msgspec

from keystead.client.errors import BadInput
from keystead.client.new_file import new_file
from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at
from keystead.ibmcloud.iam.api import Identities, the_one
from keystead.ibmcloud.screen import members, write

_KEY_COLUMNS: Final = ("ID", "Name", "Created At", "Locked", "Disabled")
_KEY_MEMBERS: Final = ("id", "name", "created_at", "locked", "disabled")
_ID_LABELS: Final = {"ID": "id", "Name": "name", "Description": "description", "CRN": "crn"}


def api_keys(call: Call) -> None:
    """List one's own API keys."""
    identities = Identities.open(call)
    call.screen.say("Getting all API keys of current user...")
    _list_keys(call, identities.api_keys(identities.iam_id))


def create_api_key(call: Call) -> None:
    """Make an API key for oneself; its text is shown this once."""
    identities = Identities.open(call)
    _create_key(call, identities, identities.iam_id)


def delete_api_key(call: Call) -> None:
    """Delete one of one's own API keys."""
    identities = Identities.open(call)
    _delete(
        call,
        identities,
        "apikeys",
        the_one(identities.api_keys(identities.iam_id), "API key", call.argument()),
    )


def service_ids(call: Call) -> None:
    """List service ids."""
    identities = Identities.open(call)
    call.screen.say("Getting all services IDs bound to current account...")
    found = identities.service_ids()
    rows = [members(one, "id", "name", "created_at", "description", "locked") for one in found]
    call.screen.result(found, ("ID", "Name", "Created At", "Description", "Locked"), rows)


def service_id(call: Call) -> None:
    """Show a service id, by name or id."""
    one = the_one(Identities.open(call).service_ids(), "Service ID", call.argument())
    if call.screen.is_json:
        call.screen.json(one)
    elif call.line.on("uuid"):
        write(str(one.get("id")))
    else:
        call.screen.ok()
        call.screen.block({label: one.get(member) for label, member in _ID_LABELS.items()})


def create_service_id(call: Call) -> None:
    """Make a service id."""
    identities, name = Identities.open(call), call.argument()
    body: Resource = {"account_id": identities.account, "name": name}
    if (text := call.line.text("description")) is not None:
        body["description"] = text
    call.screen.say(f"Creating service ID {name} bound to current account...")
    made = identities.one("POST", "/v1/serviceids/", body)
    if call.screen.is_json:
        call.screen.json(made)
        return
    call.screen.ok()
    call.screen.block({label: made.get(member) for label, member in _ID_LABELS.items()})


def delete_service_id(call: Call) -> None:
    """Delete a service id with all that is its own."""
    identities = Identities.open(call)
    one = the_one(identities.service_ids(), "Service ID", call.argument())
    _delete(call, identities, "serviceids", one)


def service_api_keys(call: Call) -> None:
    """List the API keys of a service id."""
    identities = Identities.open(call)
    owner = the_one(identities.service_ids(), "Service ID", call.argument())
    call.screen.say(f"Getting all API keys of service ID {call.argument()}...")
    _list_keys(call, identities.api_keys(str(owner["iam_id"])))


def create_service_api_key(call: Call) -> None:
    """Make an API key for a service id; its text is shown this once."""
    identities = Identities.open(call)
    owner = the_one(identities.service_ids(), "Service ID", call.argument(1))
    _create_key(call, identities, str(owner["iam_id"]))


def _create_key(call: Call, identities: Identities, iam_id: str) -> None:
    name, file = call.argument(), call.line.text("file")
    if file is not None and Path(file).exists():
        raise BadInput(f"{file} is there already; name a new file.")
    body: Resource = {"account_id": identities.account, "iam_id": iam_id, "name": name}
    if (text := call.line.text("description")) is not None:
        body["description"] = text
    call.screen.say(f"Creating API key {name}...")
    made = identities.one("POST", "/v1/apikeys", body)
    if file is not None:
        with new_file(Path(file)) as out:
            out.write(msgspec.json.format(msgspec.json.encode(made), indent=2))
    if call.screen.is_json:
        call.screen.json(made)
        return
    call.screen.ok()
    call.screen.say(f"API key {name} was created.")
    if file is not None:
        call.screen.say(f"Successfully saved API key information to {file}")
    labels = {"ID": "id", "Name": "name", "Description": "description", "Created At": "created_at"}
    shown = {label: made.get(member) for label, member in labels.items()}
    call.screen.block(shown if file is not None else {**shown, "API Key": made.get("apikey")})


def _list_keys(call: Call, found: list[Resource]) -> None:
    call.screen.result(found, _KEY_COLUMNS, [members(one, *_KEY_MEMBERS) for one in found])


def _delete(call: Call, identities: Identities, kind: str, one: Resource) -> None:
    if not call.line.on("force"):
        require_yes(f"Really delete {one.get('name')} with ID {one.get('id')}?")
    call.screen.say(f"Deleting {one.get('name')}...")
    identities.ask("DELETE", at(f"v1/{kind}", str(one["id"])))
    call.screen.done()
