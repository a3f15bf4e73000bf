"""Versions, regions, plug-ins: what scripts ask for in passing. Source: ``spec/cli.md`` 2.1 and 2.4."""

import keystead
from keystead.client.errors import BadInput
from keystead.domain.catalog import REGION_TITLES
from keystead.ibmcloud.call import Call
from keystead.ibmcloud.screen import write

_PLUGIN = {"Name": "key-protect[kp]", "Version": "0.11.1", "Status": "built in"}
_NAMES = frozenset({"key-protect", "kp", "key-protect[kp]"})


def version(call: Call) -> None:
    """Print the version; it is Keystead's, and says so."""
    if call.screen.is_json:
        call.screen.json({"version": keystead.__version__, "product": "keystead"})
    else:
        write(f"ibmcloud version {keystead.__version__}+keystead")


def config(call: Call) -> None:
    """Accept a setting of IBM's tool."""
    call.screen.done()


def regions(call: Call) -> None:
    """List regions."""
    if call.screen.is_json:
        call.screen.json([{"Name": name, "DisplayName": shown} for name, shown in REGION_TITLES.items()])
        return
    call.screen.say("Listing regions...")
    call.screen.say("")
    call.screen.table(("Name", "Display name"), list(REGION_TITLES.items()))


def plugins(call: Call) -> None:
    """List the one plug-in."""
    if call.line.arguments and call.argument() not in _NAMES:
        raise BadInput(f"Plug-in '{call.argument()}' was not found.")
    if call.screen.is_json:
        call.screen.json([_PLUGIN])
        return
    call.screen.table(tuple(_PLUGIN), [list(_PLUGIN.values())])


def plugin(call: Call) -> None:
    """Accept that a plug-in is installed, updated or taken away."""
    if call.line.arguments and call.argument() not in _NAMES:
        call.screen.warn(f"'{call.argument()}' has nothing to do here; nothing was done.")
    call.screen.done()
