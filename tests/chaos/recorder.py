"""What was asked for and what was acknowledged: the test's own idea of how every key must be."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

Standing = tuple[int, int] | None
"""State and number of versions of a key; ``None`` where there is no key."""

Verdict = Literal["acknowledged", "unanswered", "done", "not done"]
"""``unanswered`` becomes ``done`` or ``not done`` once a later start has shown which."""


@dataclass
class Attempt:
    """One request, known by its correlation id."""

    action: str
    writes: bool
    verdict: Verdict = "unanswered"
    correlation_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class Wrapped:
    """An acknowledged wrap."""

    dek: str
    ciphertext: str


@dataclass
class Known:
    """A key as its one user believes it to be; the alias is known before the id."""

    alias: str
    id: str | None = None
    standing: Standing = None
    pending: tuple[Attempt, Standing] | None = None  # asked, not answered, and what it would lead to
    material: tuple[bytes, ...] = ()  # each version's, where it was brought along
    wraps: list[Wrapped] = field(default_factory=list)
    touched: bool = True  # since it was last compared

    @property
    def name(self) -> str:
        return self.id or self.alias

    @property
    def state(self) -> int | None:
        return self.standing[0] if self.standing else None

    def attempt(self, action: str, leads_to: Standing) -> Attempt:
        """Note that something is about to be asked for."""
        attempt = Attempt(action, writes=True)
        self.pending, self.touched = (attempt, leads_to), True
        return attempt

    def acknowledge(self) -> None:
        """Note that it was answered with success."""
        assert self.pending is not None
        attempt, self.standing = self.pending
        attempt.verdict, self.pending = "acknowledged", None

    def settle(self, found: Standing) -> None:
        """Compare with what a start after a kill *found*; what was not answered may be there or not."""
        if self.pending is not None and found == self.pending[1]:
            self.pending[0].verdict, self.standing = "done", found
        elif self.pending is not None:
            self.pending[0].verdict = "not done"
        self.pending, self.touched = None, False
        assert found == self.standing, f"{self}: found {found}"


@dataclass
class Token:
    """The import token: its retrievals name it, for each is made with another number of them."""

    retrievals: int | None = None
    remaining: int = 0
    pending: tuple[Attempt, int, int] | None = None

    def attempt(self, action: str, retrievals: int, remaining: int) -> Attempt:
        """Note that something is about to be asked for."""
        attempt = Attempt(action, writes=True)
        self.pending = attempt, retrievals, remaining
        return attempt

    def acknowledge(self) -> None:
        """Note that it was answered with success."""
        assert self.pending is not None
        attempt, self.retrievals, self.remaining = self.pending
        attempt.verdict, self.pending = "acknowledged", None

    def settle(self, retrievals: int | None, remaining: int) -> None:
        """Compare as `Known.settle`."""
        if self.pending is not None and (retrievals, remaining) == self.pending[1:]:
            self.pending[0].verdict = "done"
            self.retrievals, self.remaining = retrievals, remaining
        elif self.pending is not None:
            self.pending[0].verdict = "not done"
        self.pending = None
        assert (retrievals, remaining) == (self.retrievals, self.remaining), self
