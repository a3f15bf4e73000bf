"""`kp crypto-units`: what a server in software has none of. Source: ``spec/cli.md`` 4.9."""

from typing import NoReturn

from keystead.client.errors import BadInput
from keystead.ibmcloud.call import Call


def refuse(_call: Call) -> NoReturn:
    """Say so."""
    raise BadInput("Crypto units are not supported by this server.")
