"""`kp import-token create` and `show`. Source: ``spec/cli.md`` 4.1."""

from typing import Final

from keystead.ibmcloud.call import Call
from keystead.ibmcloud.screen import long_time

_SECONDS: Final = range(300, 86_401)
_RETRIEVALS: Final = range(1, 501)
_COLUMNS: Final = ("Created", "Expires", "Max Retrievals", "Remaining Retrievals")


def create(call: Call) -> None:
    """Replace the instance's import token."""
    body = {
        "expiration": call.line.number("expiration", _SECONDS, 600),
        "maxAllowedRetrievals": call.line.number("max-retrievals", _RETRIEVALS, 1),
    }
    made = call.keys(ring=False).flat("POST", "/import_token", body)
    if call.screen.is_json:
        call.screen.json(made)
        return
    times = [long_time(made.get(name)) for name in ("creationDate", "expirationDate")]
    counts = [made.get(name) for name in ("maxAllowedRetrievals", "remainingRetrievals")]
    call.screen.table(_COLUMNS, [[*times, *counts]])


def show(call: Call) -> None:
    """Fetch the import token, once; it is JSON whether asked for or not."""
    call.screen.json(call.keys(ring=False).flat("GET", "/import_token"))
