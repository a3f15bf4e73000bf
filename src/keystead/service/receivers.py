"""Where services hear of keys, and what they were told: for the operator, on the server's machine."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from keystead.domain.material import KeyMaterial
from keystead.domain.notices import Notice, NoticeState
from keystead.domain.receivers import (
    LEAST_SECRET_OCTETS,
    MOST_AUTHORITY_OCTETS,
    MOST_RECEIVERS,
    MOST_SECRET_OCTETS,
    BadReceiver,
    Receiver,
    receiver_name,
    receiver_url,
    seal_label,
)
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReceiver:
    """Name where a service hears of keys, instead of where it did before."""

    service: str
    url: str
    authority: str | None  # PEM of the only certificate authorities to trust
    secret: KeyMaterial  # of the signatures

    async def run(self, case: Case, tools: Tools) -> Receiver:
        """Store it; its secret rests sealed, and is in no event."""
        self._require_secret()
        receivers = {it.service: it for it in await tools.store.receivers()}
        was = receivers.get(receiver_name(self.service))
        if was is None and len(receivers) >= MOST_RECEIVERS:
            raise BadReceiver(f"there are {MOST_RECEIVERS} receivers already; remove one first")
        if self.authority is not None and len(self.authority) > MOST_AUTHORITY_OCTETS:
            raise BadReceiver(f"the CA file is longer than {MOST_AUTHORITY_OCTETS} octets")
        new = Receiver(
            service=self.service,
            url=receiver_url(self.url),
            authority=self.authority,
            sealed_secret=tools.unit.seal(seal_label(self.service), self.secret),
            created_at=case.now,
            revision=1 if was is None else was.revision + 1,
        )
        case.change.put(new, was=was)
        # Of the address no more than the host: its path and query may be what only the receiver should know.
        case.request |= {"service": self.service, "host": urlsplit(new.url).netloc}
        return new

    def _require_secret(self) -> None:
        if not LEAST_SECRET_OCTETS <= len(self.secret) <= MOST_SECRET_OCTETS:
            raise BadReceiver(
                f"the secret has {len(self.secret)} octets: {LEAST_SECRET_OCTETS} to {MOST_SECRET_OCTETS} "
                "are needed, such as `openssl rand -hex 32` makes"
            )


@dataclass(frozen=True, slots=True)
class RemoveReceiver:
    """Tell a service nothing any more; what it was not told yet expires in its time."""

    service: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it."""
        found = next((it for it in await tools.store.receivers() if it.service == self.service), None)
        if found is None:
            raise BadReceiver(f"{self.service} has no receiver; nothing was changed")
        case.request["service"] = self.service
        case.change.remove(found)


@dataclass(frozen=True, slots=True)
class ListReceivers:
    """Show where services hear of keys."""

    async def run(self, case: Case, tools: Tools) -> tuple[Receiver, ...]:
        """Return them, ordered by service."""
        found = await tools.store.receivers()
        case.response["totalResources"] = len(found)
        return found


@dataclass(frozen=True, slots=True)
class ListNotices:
    """Show what services were told, or are to be told."""

    states: Collection[NoticeState]
    limit: int

    async def run(self, case: Case, tools: Tools) -> tuple[Notice, ...]:
        """Return the newest so many, the newest first."""
        found = await tools.store.notices(self.states, self.limit)
        case.response["totalResources"] = len(found)
        return found
