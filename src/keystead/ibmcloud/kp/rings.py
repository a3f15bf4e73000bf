"""Key rings, registrations, and the region. Source: ``spec/cli.md`` 4.7."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.domain.catalog import REGIONS
from keystead.ibmcloud import store
from keystead.ibmcloud.call import Call
from keystead.ibmcloud.door import at
from keystead.ibmcloud.kp.api import key_at
from keystead.ibmcloud.screen import members
from keystead.ibmcloud.words import WrongUsage

_COLUMNS: Final = ("Key Ring ID", "Creation Date", "Created By")


def rings(call: Call) -> None:
    """List the rings; `default` is one of them."""
    keys = call.keys()
    call.screen.say("Retrieving key rings...")
    found = keys.all("GET", "/key_rings")
    rows = [members(ring, "id", "creationDate", "createdBy") for ring in found]
    call.screen.result(found, _COLUMNS, rows)


def create(call: Call) -> None:
    """Make a ring."""
    keys = call.keys()
    call.screen.say("Creating key ring...")
    keys.ask("POST", at("key_rings", call.argument()))
    call.screen.done()


def delete(call: Call) -> None:
    """Remove a ring."""
    keys = call.keys()
    call.screen.say("Deleting key ring...")
    params = {"force": "true"} if call.line.on("force") else None
    keys.ask("DELETE", at("key_rings", call.argument()), None, params)
    call.screen.done()


def registrations(call: Call) -> None:
    """List what keys protect."""
    key, pattern = call.line.text("key-id"), call.line.text("crn-query")
    keys = call.keys()
    call.screen.say("Retrieving registrations...")
    path = "/keys/registrations" if key is None else key_at(key, "/registrations")
    params = {} if pattern is None else {"urlEncodedResourceCRNQuery": pattern}
    found = keys.all("GET", path, None, **params)
    rows = [members(one, "keyId", "resourceCrn") for one in found]
    call.screen.result(found, ("Key ID", "Cloud Resource"), rows)


def region(call: Call) -> None:
    """Store the region that `kp` uses, or forget it."""
    named = call.line.arguments[0] if call.line.arguments else None
    if call.line.on("unset"):
        store.write(call.environment, {"KPRegion": ""})
    elif named is None:
        raise WrongUsage("Name a region.")
    elif named not in REGIONS:
        raise BadInput(f"'{named}' is no region. They are {', '.join(REGIONS)}.")
    else:
        store.write(call.environment, {"KPRegion": named})
    call.screen.done()
