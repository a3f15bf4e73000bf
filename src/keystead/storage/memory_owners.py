"""Identities and what is theirs, in memory."""

from collections.abc import Iterable
from typing import Any

from keystead.domain.access import Grant
from keystead.domain.identities import MOST_API_KEYS, MOST_SERVICE_IDS, ApiKey, Holder, Identity
from keystead.domain.ids import AccountId, IamId
from keystead.storage.answers import held, overtaken


class OwnersInMemory:
    """The part of the store that is about identities; see `keystead.domain.ports.Directory`."""

    def __init__(self) -> None:
        super().__init__()
        self._identities: dict[IamId, Identity] = {}
        self._api_keys: dict[str, ApiKey] = {}
        self._digests: dict[bytes, ApiKey] = {}
        self._grants: dict[str, Grant] = {}
        self._granted: dict[IamId, tuple[Grant, ...]] = {}
        self._holders: dict[tuple[IamId, str | None], Holder] = {}  # until something is committed

    async def api_key(self, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""
        return self._digests.get(digest)

    async def api_keys(self, account: AccountId) -> tuple[ApiKey, ...]:
        """Return every API key of *account*, ordered by id."""
        return tuple(key for _, key in sorted(self._api_keys.items()) if key.account == account)

    async def identity(self, iam_id: IamId) -> Identity | None:
        """Return the user or service id."""
        return self._identities.get(iam_id)

    async def identities(self, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*, ordered by IAM id."""
        return tuple(who for _, who in sorted(self._identities.items()) if who.account == account)

    async def holder(self, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id; nobody where either is not there."""
        place = (iam_id, api_key)
        found = self._holders.get(place)
        if found is None:
            key = None if api_key is None else self._api_keys.get(api_key)
            found = held(self._identities.get(iam_id), key, api_key)
            if found is not None:
                self._holders[place] = found
        return found

    async def grants(self, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant of *subject*; the same tuple object while nothing changed."""
        return self._granted.get(subject, ())

    def _place_of_owner(self, record: ApiKey | Identity) -> tuple[dict[Any, Any], str]:
        if isinstance(record, Identity):
            return self._identities, record.iam_id
        return self._api_keys, record.id

    def _require_owner(self, new: ApiKey | Identity) -> None:
        """Raise `Conflict` where what was added has no owner, or is one more than there may be."""
        match new:
            case ApiKey():
                mine = sum(key.iam_id == new.iam_id for key in self._api_keys.values())
                if new.iam_id not in self._identities or mine > MOST_API_KEYS:
                    raise overtaken()
            case Identity():
                place = (new.account, "serviceid")
                if sum((it.account, it.kind) == place for it in self._identities.values()) > MOST_SERVICE_IDS:
                    raise overtaken()

    def _left_by(self, gone: Identity) -> Iterable[tuple[dict[Any, Any], object]]:
        """Yield where the grants and API keys of *gone* are."""
        for key in [key for key in self._api_keys.values() if key.iam_id == gone.iam_id]:
            yield self._api_keys, key.id
            yield self._digests, key.digest
        for grant in self._granted.get(gone.iam_id, ()):
            yield self._grants, grant.id
        yield self._granted, gone.iam_id
