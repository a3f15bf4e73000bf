"""Makes what a seed file names and is not there; what is there already is left as it is."""

from dataclasses import dataclass
from typing import TypeVar

from keystead.cli.seed_file import ADDRESS, MOST_KEYS, Content, SeedKey, Seeds
from keystead.domain.actions import Action
from keystead.domain.crns import ResourceCrn
from keystead.domain.events import Origin
from keystead.domain.ids import DEFAULT_RING, IamId, InstanceId, RingId, instance_id, random_uuid
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.domain.material import KeyMaterial
from keystead.identity.api_keys import digest
from keystead.running import Service
from keystead.service.case import Call, Command
from keystead.service.create_key import CreateKey
from keystead.service.instance_policies import WriteInstancePolicies
from keystead.service.rings import CreateRing
from keystead.service.sown import SowInstance, SowKey, SownRegistration
from keystead.service.tokens import IssueToken

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Sower:
    """Asks as the developer, through the dispatcher like any other request."""

    service: Service
    bearer: str | None = None

    async def do(
        self, action: Action, command: Command[R], instance: str | None = None, ring: str | None = None
    ) -> R:
        origin = Origin(uri="keystead dev --seed", address=ADDRESS, agent=None, correlation_id=random_uuid())
        return await self.service.dispatcher.serve(
            Call(
                action=action,
                origin=origin,
                authorization=self.bearer,
                instance=instance,
                key=None,
                ring=ring,
                decode=lambda: command,
                code=201,
            )
        )


async def sow(service: Service, seeds: Seeds, apikey: KeyMaterial, first: str) -> None:
    """Make what *seeds* names: in the instance *first*, and in instances of its own.

    Raises:
        KeysteadError: as for a client that asks for it.
    """
    issue = IssueToken(apikey=apikey, client_id="default", peer="")
    token = await _Sower(service).do(Action.TOKEN_ISSUE, issue)
    sower = _Sower(service, "Bearer " + token.access_token.reveal().decode("ascii"))
    await _fill(sower, seeds, first)
    for one in seeds.instances:
        instance = instance_id(one.id)
        if await service.store.instance(instance) is None:
            owner = await _owner(service, apikey)
            await service.operate(Action.SERVICE_BEGIN, SowInstance(instance, owner=owner), first)
        await _fill(sower, one, instance)


async def _owner(service: Service, apikey: KeyMaterial) -> IamId:
    key = await service.store.api_key(digest(service.unit, apikey))
    if key is None:
        raise LookupError("a token was issued for a key that is not there")
    return key.iam_id


async def _fill(sower: _Sower, content: Content, instance: str) -> None:
    """Make rings, then keys, and policies last: those are for keys that come later."""
    there = await _names(sower.service, InstanceId(instance))
    missing = [key for key in content.keys if key.name not in there]
    rings = {ring.id for ring in await sower.service.store.rings(InstanceId(instance))} | {DEFAULT_RING}
    for ring in sorted({*content.rings, *(key.ring for key in missing)} - rings):
        await sower.do(Action.RING_CREATE, CreateRing(RingId(ring)), instance)
    for key in missing:
        plain = key.policies is None
        action = Action.KEY_CREATE if plain else Action.KEY_CREATE_WITH_OVERRIDES
        await sower.do(action, _sown(key), instance, key.ring)
    await _set_policies(sower, content, instance)


async def _set_policies(sower: _Sower, content: Content, instance: str) -> None:
    found = await sower.service.store.policies(InstanceId(instance))
    set_before = {policy.kind for policy in found.policies} if found else set()
    wishes = tuple(wish for wish in content.wishes() if wish.kind not in set_before)
    if wishes:
        command = WriteInstancePolicies(wishes=wishes, address=ADDRESS)
        await sower.do(Action.INSTANCE_POLICIES_WRITE, command, instance)


async def _names(service: Service, instance: InstanceId) -> frozenset[str]:
    query = KeyQuery(instance=instance, now=service.clock(), states=frozenset(KeyState), limit=2 * MOST_KEYS)
    return frozenset(key.name for key in await service.store.keys(query))


def _sown(key: SeedKey) -> SowKey:
    first, *rotations = key.sources()
    created = CreateKey(
        name=key.name,
        description=key.description,
        tags=(),
        aliases=key.aliases,
        expires_at=None,
        extractable=key.extractable,
        source=first,
        overrides=None if key.policies is None else key.policies.wishes(),
    )
    registrations = tuple(
        SownRegistration(
            crn=ResourceCrn(it.crn),
            prevent_key_deletion=it.prevent_key_deletion,
            description=it.description,
        )
        for it in key.registrations
    )
    return SowKey(created=created, rotations=tuple(rotations), registrations=registrations)
