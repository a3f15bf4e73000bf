"""Read what the service says about its own API."""

from dataclasses import dataclass

from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True)
class ReadReference:
    """What the door shows is the same for everybody; it is asked for here, so that it is recorded."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Look at nothing."""
