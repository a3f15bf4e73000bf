"""What a command is run with: its words, the screen, and the servers it asks for."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keystead.client.errors import BadInput
from keystead.domain.ids import is_uuid
from keystead.ibmcloud.screen import Screen
from keystead.ibmcloud.words import Line

if TYPE_CHECKING:
    from keystead.client.transport import Transport
    from keystead.ibmcloud.kp.api import Keys


@dataclass(frozen=True, slots=True)
class Call:
    """One run of one command; *closing* ends its connections."""

    line: Line
    screen: Screen
    environment: Mapping[str, str]
    closing: ExitStack

    @property
    def instance(self) -> str:
        """The instance that is meant, as an id; a CRN names it as well (KP-1)."""
        text = self.line.text("instance-id") or self.environment.get("KP_INSTANCE_ID") or ""
        if not text:
            raise BadInput("No instance is named. Use '-i/--instance-id' or set KP_INSTANCE_ID.")
        found = text.split(":")[7] if text.startswith("crn:") and text.count(":") >= 7 else text  # noqa: PLR2004
        if not is_uuid(found):
            raise BadInput(f"The instance id '{text}' is not a UUID.")
        return found.lower()

    def transport(self) -> "Transport":
        """Return connections, which end with the command."""
        from keystead.ibmcloud.trace import transport  # noqa: PLC0415 - local commands need no network

        return self.closing.enter_context(transport(self.environment))

    def keys(self, *, ring: bool = True) -> "Keys":
        """Return the key API of the instance, and say on standard error where it is.

        Args:
            ring: whether the ring of the command line is sent; import tokens have none (SCR-3).
        """
        from keystead.ibmcloud.kp.api import Keys  # noqa: PLC0415

        return Keys.open(self, self.line.text("key-ring") if ring else None)

    def argument(self, number: int = 0) -> str:
        """Return an argument that the command cannot be without."""
        return self.line.arguments[number]


Resource = dict[str, Any]
"""An object of the wire, with every member that the server sent."""
