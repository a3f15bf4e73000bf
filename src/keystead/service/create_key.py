"""Create a key: generated, imported, or imported with a token; with its instance's policies or its own."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.errors import bad_field
from keystead.domain.ids import DEFAULT_RING, KeyId
from keystead.domain.import_access import require_creation
from keystead.domain.instance_policies import for_new_key
from keystead.domain.key_policies import Wishes, require_rotatable
from keystead.domain.keys import Key, KeyState
from keystead.domain.policies import InstancePolicies
from keystead.domain.rings import no_ring
from keystead.service.aliases import require_free, require_places
from keystead.service.case import Case, Tools
from keystead.service.key_policies import wished
from keystead.service.material import Source, new_version, require_fitting
from keystead.service.record import key_facts
from keystead.service.shown import Shown, revealed, show


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateKey:
    """A new key in the ring that the request names."""

    name: str
    description: str | None
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    expires_at: datetime | None
    extractable: bool
    source: Source
    reveal: bool = False  # answer with a standard key's material
    overrides: Wishes | None = None  # policies of the key; ``None`` copies those of the instance

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Check the ring and the policies, seal the material, and store the key with its audit event."""
        if self.expires_at is not None and self.expires_at <= case.now:
            raise bad_field("expirationDate", "in the future")
        case.request["keyType"] = "standard" if self.extractable else "root"
        require_fitting(self.source, extractable=self.extractable)
        ring = case.ring or DEFAULT_RING
        if not await tools.store.has_ring(case.instance.id, ring):
            raise no_ring()
        case.change.need_ring(case.instance.id, ring)
        self._require_allowed(case.policies)
        await require_free(self.aliases, case, tools)
        await require_places(self.aliases, case, tools)
        key = self._with_policies(await self._build(case, tools), case, tools)
        case.change.save(key, was=None)
        case.is_about(key)
        case.response.update(keyId=key.id, **key_facts(key))
        return show(case, key, await revealed(key, tools) if self.reveal else None)

    def _require_allowed(self, policies: InstancePolicies | None) -> None:
        """Ask the policies before there is any cryptographic work."""
        imported = self.source.payload is not None
        if self.overrides is not None and self.overrides.rotation is not None:
            require_rotatable(extractable=self.extractable, imported=imported)
        require_creation(
            policies,
            extractable=self.extractable,
            imported=imported,
            by_token=self.source.proof is not None,
        )

    def _with_policies(self, key: Key, case: Case, tools: Tools) -> Key:
        generated_root = not key.extractable and not key.imported
        wishes = self.overrides
        if wishes is None:
            wishes = for_new_key(case.policies, generated_root=generated_root)
        return wished(key, wishes, case, tools)[0]

    async def _build(self, case: Case, tools: Tools) -> Key:
        key_id = KeyId(tools.new_id())
        version = await new_version(self.source, key_id, extractable=self.extractable, case=case, tools=tools)
        return Key(
            instance=case.instance.id,
            id=key_id,
            ring=case.ring or DEFAULT_RING,
            name=self.name,
            description=self.description,
            tags=self.tags,
            aliases=self.aliases,
            state=KeyState.ACTIVE,
            extractable=self.extractable,
            imported=self.source.payload is not None,
            versions=(version,),
            created_at=case.now,
            created_by=case.caller.iam_id,
            updated_at=case.now,
            acted_at=case.now,
            expires_at=self.expires_at,
            import_proof=self.source.kept_proof,
        )
