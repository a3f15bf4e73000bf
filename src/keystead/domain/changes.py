"""A unit of work as a value: what a command wants written, all of it or none."""

from dataclasses import dataclass, field

from keystead.domain.access import Grant
from keystead.domain.identities import Account, ApiKey, Identity, SigningKey
from keystead.domain.ids import InstanceId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.keys import Key

Addition = Account | Identity | ApiKey | Grant | SigningKey | Instance


@dataclass(frozen=True, slots=True)
class KeyWrite:
    """Write *new* only where *was* still stands; ``was=None`` inserts, ``new=None`` purges."""

    new: Key | None
    was: Key | None


@dataclass(frozen=True, slots=True)
class TokenWrite:
    """Put *new* in place of *was*; ``was=None`` replaces whatever is there."""

    new: ImportToken
    was: ImportToken | None


@dataclass(slots=True)
class Change:
    """What commits together with one audit event."""

    keys: list[KeyWrite] = field(default_factory=list)
    tokens: list[TokenWrite] = field(default_factory=list)
    added: list[Addition] = field(default_factory=list)
    rings: list[tuple[InstanceId, RingId]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.keys or self.tokens or self.added or self.rings)

    def save(self, new: Key, *, was: Key | None) -> None:
        """Insert *new*, or replace *was* by it."""
        self.keys.append(KeyWrite(new, was))

    def purge(self, was: Key) -> None:
        """Remove *was* for good."""
        self.keys.append(KeyWrite(None, was))

    def put_token(self, new: ImportToken, *, was: ImportToken | None) -> None:
        """Store *new* as its instance's import token."""
        self.tokens.append(TokenWrite(new, was))

    def add(self, *records: Addition) -> None:
        """Insert records that are not there yet."""
        self.added.extend(records)
