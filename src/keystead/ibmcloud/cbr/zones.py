"""`cbr zone…`."""

from collections import Counter
from typing import Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.cbr.api import Contexts, changes_of, counted
from keystead.ibmcloud.files import from_file
from keystead.ibmcloud.screen import members
from keystead.ibmcloud.words import Line, WrongUsage, pairs

_COLUMNS: Final = ("id", "name", "address_count", "excluded_count")
_KINDS: Final = {
    "ipAddress": "IP Address",
    "ipRange": "IP Range",
    "subnet": "Subnet",
    "vpc": "VPC",
    "serviceRef": "Service Reference",
}


def zones(call: Call) -> None:
    """List the zones of the account."""
    contexts = Contexts.open(call)
    found = contexts.listed("zones", {"name": call.line.text("name"), "sort": call.line.text("sort")})
    call.screen.result(found, _COLUMNS, [members(it, *_COLUMNS) for it in found])


def zone(call: Call) -> None:
    """Show a zone."""
    _shown(call, Contexts.open(call).read("zones", call.argument()))


def create_zone(call: Call) -> None:
    """Make a zone."""
    contexts = Contexts.open(call)
    _shown(call, contexts.create("zones", _body(call.line, contexts.account)))


def update_zone(call: Call) -> None:
    """Replace a zone."""
    contexts = Contexts.open(call)
    _shown(call, contexts.replace("zones", call.argument(), _body(call.line, contexts.account)))


def patch_zone(call: Call) -> None:
    """Change name or description of a zone."""
    changes = changes_of(call.line, "name", "description")
    _shown(call, Contexts.open(call).patch("zones", call.argument(), changes))


def delete_zone(call: Call) -> None:
    """Delete a zone that no rule names."""
    Contexts.open(call).delete("zones", call.argument())
    call.screen.done()


def _body(line: Line, account: str) -> Resource:
    whole = from_file(line)
    if whole is not None:
        return whole
    addresses = [
        *map(_entry, line.listed("addresses")),
        *({"type": "vpc", "value": it.strip()} for it in line.listed("vpc")),
        *_refs(line, account),
    ]
    if bool(addresses) is line.on("empty-address-list"):
        raise WrongUsage("Name '--addresses', '--vpc' or '--service-ref', or '--empty-address-list' alone.")
    return {
        "name": line.needed("name"),
        "account_id": account,
        "description": line.text("description") or "",
        "addresses": addresses,
        "excluded": [_entry(it) for it in line.listed("excluded")],
    }


def _entry(text: str) -> Resource:
    value = text.strip()
    kind = "ipRange" if "-" in value else "subnet" if "/" in value else "ipAddress"
    return {"type": kind, "value": value}


def _refs(line: Line, account: str) -> list[Resource]:
    """Return references to services; a name that was said already begins the next one."""
    found: list[dict[str, str]] = []
    for name, value in pairs(line, "service-ref"):
        if not found or name in found[-1]:
            found.append({"account_id": account})
        found[-1][name] = value
    return [{"type": "serviceRef", "ref": ref} for ref in found]


def _shown(call: Call, one: Resource) -> None:
    if call.screen.is_json:
        call.screen.json(one)
        return
    call.screen.ok()
    head = ("id", "crn", "address_count", "excluded_count", "name", "account_id", "description")
    tail = ("href", "created_at", "created_by_id", "last_modified_at", "last_modified_by_id")
    call.screen.block(
        {
            **{name: one.get(name) for name in head},
            "addresses": _counted(one.get("addresses") or []),
            "excluded": _counted(one.get("excluded") or []),
            **{name: one.get(name) for name in tail},
        }
    )


def _counted(addresses: list[Resource]) -> str:
    kinds = Counter(str(it.get("type")) for it in addresses)
    known = ((kinds[kind], says) for kind, says in _KINDS.items())
    return counted(known, "No addresses")
