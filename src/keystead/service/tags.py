"""Tags are not kept: nothing has any, and what is attached or detached is forgotten. Source: ``spec`` 5.6."""

from dataclasses import dataclass

from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True)
class ForgetTags:
    """Attach tags to *resources*, or detach them."""

    resources: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> tuple[str, ...]:  # noqa: ARG002 - as every command
        """Look at nothing and keep nothing."""
        return self.resources
