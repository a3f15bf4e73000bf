"""A whole service in this process, called through connections of its own: fast, with a clock of its own."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from described import check_described
from http_peer import Answer, ask, request
from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.ports.clock import Clock
from keystead.domain.rings import Ring
from keystead.identity.api_keys import digest, new_api_key
from keystead.protocols.http.routes import Route
from keystead.running import Service

if TYPE_CHECKING:
    from keystead.spans import Tracing

T = TypeVar("T")
ROOTS = tuple(
    (
        "/identity /oidc /healthz /readyz /api /dev /openapi.json /docs /v1/ /v2/ /v3/ /oauth/ /acms/ "
        "/crypto_v2/"
    ).split()
)
APIKEY_GRANT = "urn:ibm:params:oauth:grant-type:apikey"
MANY = 1_000_000_000  # guesses: all come from one address here


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2031, 5, 4, 9, 8, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Api:
    """One caller of one instance; `path` is below ``/api/v2`` unless it starts with another root."""

    service: Service
    clock: FakeClock
    instance: Instance
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send a request; *body* is JSON unless it is octets; a header of ``None`` is left out."""
        merged: dict[str, str | None] = {
            "authorization": f"Bearer {self.token}",
            "bluemix-instance": self.instance.id,
            **self.headers,
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {name: value for name, value in merged.items() if value is not None}
        return await send(self.service, method, path, content, given)

    async def create(self, name: str = "a key", *, extractable: bool = False, **more: object) -> Any:
        """Create a key and return its resource."""
        made = await self.send("POST", "/keys", envelope(name=name, extractable=extractable, **more))
        assert made.status == 201, made.body
        return made.resource

    async def act(self, key: str, action: str, body: object = None) -> Answer:
        """Do one of the actions on a key."""
        return await self.send("POST", f"/keys/{key}/actions/{action}", body)

    async def other(
        self,
        *roles: Role,
        ring: str | None = None,
        key: str | None = None,
        instance: InstanceId | None = None,
    ) -> "Api":
        """Return a new service id in the same account that was granted *roles*."""
        uuid = random_uuid()
        subject = Identity(
            iam_id=IamId(f"iam-ServiceId-{uuid}"),
            account=self.instance.account,
            kind="serviceid",
            name=f"ServiceId-{uuid}",
            display_name="a service",
            created_at=self.clock(),
        )
        text = new_api_key()
        change = Change()
        change.add(
            subject,
            ApiKey(
                id=f"ApiKey-{random_uuid()}",
                iam_id=subject.iam_id,
                account=subject.account,
                name="test",
                digest=digest(self.service.unit, text),
                created_at=self.clock(),
            ),
        )
        for role in roles:
            change.add(
                granted(
                    id=random_uuid(),
                    subject=subject.iam_id,
                    account=subject.account,
                    roles=(role,),
                    instance=instance or self.instance.id,
                    ring=RingId(ring) if ring else None,
                    key=KeyId(key) if key else None,
                )
            )
        await self.service.store.commit(change, None)
        token = await log_in(self.service, text.reveal().decode())
        return Api(self.service, self.clock, self.instance, token)

    async def grant(self, subject: IamId, role: Role) -> None:
        """Grant *role* in the instance to somebody that there is."""
        change = Change()
        change.add(
            granted(
                id=random_uuid(),
                subject=subject,
                account=self.instance.account,
                roles=(role,),
                instance=self.instance.id,
            )
        )
        await self.service.store.commit(change, None)

    @property
    def iam_id(self) -> IamId:
        """Who calls, as the token says."""
        claims = self.token.split(".")[1]
        return IamId(json.loads(base64.urlsafe_b64decode(claims + "=="))["iam_id"])

    async def add_ring(self, name: str) -> None:
        """Make a key ring."""
        change = Change()
        change.put(Ring(instance=self.instance.id, id=RingId(name)), was=None)
        await self.service.store.commit(change, None)


def envelope(**resource: object) -> dict[str, object]:
    """Return a collection of one resource."""
    return {
        "metadata": {"collectionType": "application/vnd.ibm.kms.key+json", "collectionTotal": 1},
        "resources": [resource],
    }


async def send(
    service: Service, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a request; *path* is below ``/api/v2`` unless it starts with another root."""
    whole = path if path.startswith(ROOTS) else f"/api/v2{path}"
    octets = request(method, whole, headers or {}, body)
    answer = await ask(service, [octets], head=method == "HEAD")
    assert answer is not None, octets
    check_described(method, whole, answer)
    return answer


async def log_in(service: Service, text: str) -> str:
    """Exchange an API key for a token."""
    form = f"grant_type={APIKEY_GRANT}&apikey={text}".encode()
    answer = await send(service, "POST", "/identity/token", form)
    assert answer.status == 200, answer.body
    return str(answer.json["access_token"])


async def open_api(
    folder: Path,
    database: str | None = "memory:",
    *,
    clock: FakeClock | None = None,
    token_clock: Clock | None = None,
    more_routes: Sequence[Route] = (),
    spans: "Tracing | None" = None,
    **settings: Any,
) -> Api:
    """Return the owner of a new service; *settings* as `Settings`, the rest as `open_service`."""
    clock = clock or FakeClock()
    service = await open_service(
        Settings(data=folder, database=database, **{"wrong_credentials_per_minute": MANY, **settings}),
        clock,
        ready_pairs=0,  # who asks for an import token waits for its pair; nobody else pays for one
        token_clock=token_clock,
        more_routes=more_routes,
        tracing=spans,
    )
    text = new_api_key()
    beginning = await service.begin(text, email="owner@example.com", kind="kms", region="us-south")
    return Api(service, clock, beginning.instance, await log_in(service, text.reveal().decode()))


def with_api(folder: Path, story: Callable[[Api], Awaitable[T]], **options: Any) -> T:
    """Run *story* against a new service and close it."""

    async def whole() -> T:
        api = await open_api(folder, **options)
        try:
            return await story(api)
        finally:
            await api.service.close()

    return asyncio.run(whole())
