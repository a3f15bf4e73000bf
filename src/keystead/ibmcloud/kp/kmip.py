"""`kp kmip`: adapters, certificates of their clients, and objects. Source: ``spec/cli.md`` 4.8."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from keystead.client.errors import BadInput
from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at
from keystead.ibmcloud.kp.api import collection
from keystead.ibmcloud.screen import members
from keystead.ibmcloud.words import Line

_BASE: Final = "application/vnd.ibm.kms.kmip_adapter+json"
_CERTIFICATE: Final = "application/vnd.ibm.kms.kmip_client_certificate+json"
_LIMITS: Final = range(1, 201)
_OFFSETS: Final = range(10**9)
_MAX_PEM: Final = 64 * 1024
_STATES: Final = (
    "",
    "Pre-Active",
    "Active",
    "Deactivated",
    "Compromised",
    "Destroyed",
    "Destroyed Compromised",
)
_SYMMETRIC: Final = 2
_ADAPTERS: Final = ("Adapter ID", "Adapter Profile", "Adapter Name", "Created At", "Updated At")
_CERTIFICATES: Final = ("Certificate ID", "Certificate Name", "Created At")
_OBJECTS: Final = ("Object ID", "Object Type", "Object State", "Created At", "Updated At")


def create_adapter(call: Call) -> None:
    """Make an adapter."""
    line = call.line
    body: Resource = {
        "profile": line.needed("profile"),
        "profile_data": {"crk_id": line.needed("crk-id")},
    }
    body |= {name: value for name in ("name", "description") if (value := line.text(name)) is not None}
    keys = call.keys()
    call.screen.say("Creating KMIP Adapter...")
    made = keys.one("POST", "/kmip_adapters", collection(_BASE, body))
    columns = ("Adapter ID", "Adapter Profile", "Adapter Name", "Adapter Description")
    row = [*members(made, "id", "profile", "name"), made.get("description") or "-"]
    call.screen.result(made, columns, [row])


def adapter(call: Call) -> None:
    """Show an adapter."""
    keys = call.keys()
    call.screen.say("Getting KMIP Adapter...")
    found = keys.one("GET", at("kmip_adapters", call.argument()))
    columns = (*_ADAPTERS, "Adapter Description")
    call.screen.result(found, columns, [[*_adapter_row(found), found.get("description") or "-"]])


def adapters(call: Call) -> None:
    """List adapters."""
    crk = call.line.text("crk-id")
    more = {} if crk is None else {"crk_id": crk}
    _list(call, "Listing KMIP Adapters...", "/kmip_adapters", more, _ADAPTERS, _adapter_row)


def delete_adapter(call: Call) -> None:
    """Remove an adapter; with force its objects first."""
    _confirm(call, f"Really delete the KMIP adapter {call.argument()}?")
    path = at("kmip_adapters", call.argument())
    keys = call.keys()
    call.screen.say("Deleting KMIP Adapter...")
    while call.line.on("force") and (found := keys.all("GET", f"{path}/kmip_objects")):
        for one in found:
            keys.ask("DELETE", f"{path}{at('kmip_objects', one['id'])}", None, {"force": "true"})
    keys.ask("DELETE", path)
    call.screen.done()


def create_certificate(call: Call) -> None:
    """Trust a client's certificate."""
    body: Resource = {"certificate": _pem(call.line.needed("cert-string"))}
    if (name := call.line.text("name")) is not None:
        body["name"] = name
    path = f"{_adapter(call.line)}/certificates"
    keys = call.keys()
    call.screen.say("Creating KMIP Client Certificate...")
    made = keys.one("POST", path, collection(_CERTIFICATE, body))
    call.screen.result(made, _CERTIFICATES, [_certificate_row(made)])


def certificate(call: Call) -> None:
    """Show a certificate."""
    path = f"{_adapter(call.line)}{at('certificates', call.argument())}"
    keys = call.keys()
    call.screen.say("Getting KMIP Client Certificate...")
    found = keys.one("GET", path)
    call.screen.result(found, _CERTIFICATES, [_certificate_row(found)])


def certificates(call: Call) -> None:
    """List certificates."""
    path = f"{_adapter(call.line)}/certificates"
    _list(call, "Listing KMIP Client Certificates...", path, {}, _CERTIFICATES, _certificate_row)


def delete_certificate(call: Call) -> None:
    """Trust a certificate no more."""
    _confirm(call, f"Really delete the certificate {call.argument()}?")
    path = f"{_adapter(call.line)}{at('certificates', call.argument())}"
    keys = call.keys()
    call.screen.say("Deleting KMIP Client Certificate...")
    keys.ask("DELETE", path)
    call.screen.done()


def object_(call: Call) -> None:
    """Show an object."""
    path = f"{_adapter(call.line)}{at('kmip_objects', call.argument())}"
    keys = call.keys()
    call.screen.say("Getting KMIP Object...")
    found = keys.one("GET", path)
    call.screen.result(found, _OBJECTS, [_object_row(found)])


def objects(call: Call) -> None:
    """List objects."""
    states = call.line.text("object-state-filter")
    more = {} if states is None else {"state": states}
    path = f"{_adapter(call.line)}/kmip_objects"
    _list(call, "Listing KMIP Objects...", path, more, _OBJECTS, _object_row)


def delete_object(call: Call) -> None:
    """Destroy an object; an active one only with force (KMIP-2)."""
    _confirm(call, f"Really delete the KMIP object {call.argument()}?")
    path = f"{_adapter(call.line)}{at('kmip_objects', call.argument())}"
    params = {"force": "true"} if call.line.on("force") else None
    keys = call.keys()
    call.screen.say("Deleting KMIP Object...")
    keys.ask("DELETE", path, None, params)
    call.screen.done()


def _list(
    call: Call,
    says: str,
    path: str,
    more: dict[str, str],
    columns: tuple[str, ...],
    row: Callable[[Resource], list[object]],
) -> None:
    line = call.line
    params = {
        "limit": str(line.number("limit", _LIMITS, 100)),
        "offset": str(line.number("starting-offset", _OFFSETS, 0)),
        **more,
    }
    with_total = {"totalCount": "true"} if line.on("total-count") else {}
    keys = call.keys()
    call.screen.say(says)
    answer = keys.whole("GET", path, **params, **with_total)
    found = answer.get("resources", [])
    if with_total:
        call.screen.say(f"TotalCount: {answer.get('metadata', {}).get('totalCount')}")
    call.screen.result(found, columns, [row(one) for one in found])


def _confirm(call: Call, question: str) -> None:
    """Ask on a terminal, unless told not to; a script is never asked (KMIP-1)."""
    if not (call.line.on("skip-confirm") or call.line.on("force")) and sys.stdin.isatty():
        require_yes(question)


def _adapter(line: Line) -> str:
    return at("kmip_adapters", line.needed("adapter"))


def _pem(text: str) -> str:
    """Return a certificate, from a file if *text* names one by ``@``."""
    if not text.startswith("@"):
        return text
    try:
        with Path(text[1:]).open("rb") as file:
            return file.read(_MAX_PEM).decode("ascii")
    except UnicodeDecodeError:
        raise BadInput(f"{text[1:]} is no PEM file.") from None


def _adapter_row(one: Resource) -> list[object]:
    return members(one, "id", "profile", "name", "created_at", "updated_at")


def _certificate_row(one: Resource) -> list[object]:
    return members(one, "id", "name", "created_at")


def _object_row(one: Resource) -> list[object]:
    kind, state = one.get("kmip_object_type"), one.get("state")
    is_known = isinstance(state, int) and 0 < state < len(_STATES)
    return [
        one.get("id"),
        "Symmetric Key" if kind == _SYMMETRIC else kind,
        _STATES[state] if is_known and isinstance(state, int) else state,
        *members(one, "created_at", "updated_at"),
    ]
