"""Commands of a seed file: keys with a past, and instances whose ids are known beforehand."""

from dataclasses import dataclass, replace

from keystead.domain.crns import ResourceCrn
from keystead.domain.ids import IamId, InstanceId
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.registrations import Registration
from keystead.service.begin import owner_grant
from keystead.service.case import Case, Tools
from keystead.service.create_key import CreateKey
from keystead.service.material import Source, new_version


@dataclass(frozen=True, slots=True, kw_only=True)
class SownRegistration:
    """A resource that a key protects from the beginning."""

    crn: ResourceCrn
    prevent_key_deletion: bool
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SowKey:
    """Create a key that has been rotated and registered before; no waiting time stands in between."""

    created: CreateKey
    rotations: tuple[Source, ...]
    registrations: tuple[SownRegistration, ...]

    async def run(self, case: Case, tools: Tools) -> None:
        """Create it with all its versions and registrations, or not at all."""
        await self.created.run(case, tools)
        case.change.keys.clear()
        key = await self._rotated(case.key, case, tools)
        case.is_about(key)
        case.change.save(key, was=None)
        for registration in self.registrations:
            case.change.put(_registered(registration, key, case), was=None)

    async def _rotated(self, key: Key, case: Case, tools: Tools) -> Key:
        for source in self.rotations:
            version = await new_version(source, key.id, extractable=False, case=case, tools=tools)
            key = replace(key, versions=(*key.versions, version), rotated_at=case.now)
        return key


@dataclass(frozen=True, slots=True)
class SowInstance:
    """Make an instance like the one that the request names, with an id of the caller's choice."""

    id: InstanceId
    owner: IamId

    async def run(self, case: Case, tools: Tools) -> None:
        """Make it, and let *owner* do everything in it."""
        like = case.instance
        instance = Instance(
            id=self.id,
            account=like.account,
            name="seeded",
            service=like.service,
            region=like.region,
            created_at=case.now,
        )
        case.change.add(instance, owner_grant(self.owner, instance, case, tools))
        case.response["madeInstanceID"] = instance.id


def _registered(it: SownRegistration, key: Key, case: Case) -> Registration:
    return Registration(
        instance=key.instance,
        key=key.id,
        crn=it.crn.text,
        version=key.current.id,
        prevent_key_deletion=it.prevent_key_deletion,
        description=it.description,
        metadata=None,
        created_at=case.now,
        created_by=case.caller.iam_id,
        updated_at=case.now,
        updated_by=case.caller.iam_id,
    )
