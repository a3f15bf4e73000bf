"""The ways in: a server has a public endpoint, and a private one where it is told of one.

Source: ``spec/iam-and-provisioning.md`` section 4.1 (NET-4).
"""

from dataclasses import dataclass
from typing import Final, Literal

Endpoint = Literal["public", "private"]

PUBLIC: Final = "public"
PRIVATE: Final = "private"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where clients reach a service."""

    public: str
    own_private: str | None = None

    @property
    def private(self) -> str:
        """The private endpoint as it is shown; where there is none, all come over the public one."""
        return self.own_private or self.public

    @property
    def has_private(self) -> bool:
        """Whether anybody can come over a private endpoint."""
        return self.own_private is not None
