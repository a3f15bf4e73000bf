"""`kp key show`, `keys` and `key versions`. Source: ``spec/cli.md`` 4.3."""

from collections.abc import Mapping
from typing import Final, TypeVar

from keystead.ibmcloud.call import Call
from keystead.ibmcloud.kp.api import key_at
from keystead.ibmcloud.screen import long_time, members
from keystead.ibmcloud.words import Line, WrongUsage

T = TypeVar("T")
_LIMITS: Final = range(1, 5001)
_OFFSETS: Final = range(10**9)
_STATES: Final = {"active": 1, "suspended": 2, "deactivated": 3, "destroyed": 5}
_TYPES: Final = {"root": "false", "root-key": "false", "standard": "true", "standard-key": "true"}
_PASSED: Final = {"sort-by": "sort", "key-filter": "filter", "key-search": "search"}
_COLUMNS: Final = ("Key ID", "Key Name", "Description", "Creation Date", "Expiration Date")


def show(call: Call) -> None:
    """Show one key; a standard key with its material, as JSON."""
    keys, name = call.keys(), call.argument()
    call.screen.say(f"Grabbing info for key id: {name}...")
    key = keys.one("GET", key_at(name))
    expires = long_time(key.get("expirationDate")) or "Key does not expire"
    row = [*members(key, "id", "name", "description"), long_time(key.get("creationDate")), expires]
    call.screen.result(key, _COLUMNS, [row])


def keys(call: Call) -> None:
    """List one page of keys."""
    params = _page(call.line, "number-of-keys") | _narrowed(call.line)
    api = call.keys()
    call.screen.say("Retrieving keys...")
    found = api.all("GET", "/keys", None, **params)
    with_crn = call.line.on("crn")
    columns = ("Key ID", "Key Name", "CRN") if with_crn else ("Key ID", "Key Name")
    names = ("id", "name", "crn")[: len(columns)]
    call.screen.result(found, columns, [members(key, *names) for key in found])


def versions(call: Call) -> None:
    """List one page of versions; JSON is the answer of the API as it came."""
    line = call.line
    params = _page(line, "number-of-key-versions")
    params |= {"totalCount": "true"} if line.on("total-count") else {}
    params |= {"allKeyStates": "true"} if line.on("all-key-states") else {}
    api = call.keys()
    call.screen.say("Retrieving key Versions...")
    found = api.whole("GET", key_at(call.argument(), "/versions"), **params)
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    if line.on("total-count"):
        call.screen.say(f"TotalCount: {found.get('metadata', {}).get('totalCount')}")
    rows = [members(version, "id", "creationDate") for version in found.get("resources", [])]
    call.screen.table(("Key Version ID", "Creation Date"), rows)


def _page(line: Line, limit: str) -> dict[str, str]:
    return {
        "limit": str(line.number(limit, _LIMITS, 200)),
        "offset": str(line.number("starting-offset", _OFFSETS, 0)),
    }


def _narrowed(line: Line) -> dict[str, str]:
    found = {wire: value for name, wire in _PASSED.items() if (value := line.text(name)) is not None}
    if line.text("key-states") is not None:
        found["state"] = ",".join(str(_known(word, _STATES)) for word in line.listed("key-states"))
    if (kind := line.text("key-type")) is not None:
        found["extractable"] = str(_known(kind, _TYPES))
    return found


def _known(word: str, known: Mapping[str, T]) -> T:
    found = known.get(word.strip().lower())
    if found is None:
        raise WrongUsage(f"'{word}' is none of {', '.join(known)}.")
    return found
