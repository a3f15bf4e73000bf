"""Give a root key new material."""

from dataclasses import dataclass, replace

from keystead.domain.errors import Refused, Target
from keystead.domain.import_access import require_rotation
from keystead.domain.keys import Key
from keystead.domain.lifecycle import require_rotation_due, rotated
from keystead.domain.notices import NoticeKind
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools
from keystead.service.material import Source, new_version
from keystead.service.notices import tell
from keystead.service.shown import Shown, show


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate:
    """Make a new current version: generated keys by the unit, imported keys from what the caller brings."""

    source: Source

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Check that the source fits the key, that it is not too soon and that the instance lets it."""
        key = case.key
        self._require_fitting(key)
        require_rotation_due(key, case.now, tools.windows)
        by_token = self.source.proof is not None
        require_rotation(case.policies, imported=key.imported, by_token=by_token)
        version = await new_version(self.source, key.id, extractable=False, case=case, tools=tools)
        # A key that expired meanwhile is Deactivated in `case.key` only; storing that is right, it stays so.
        after = rotated(key, version, case.now, tools.windows)
        if self.source.kept_proof is not None:
            after = replace(after, import_proof=self.source.kept_proof)
        case.change.save(after, was=key)
        await tell(NoticeKind.ROTATE, after, case, tools)
        return show(case, after)

    def _require_fitting(self, key: Key) -> None:
        if key.imported and self.source.payload is None:
            raise Refused(
                Reason.KEY_PAYLOAD_REQUIRED,
                "This root key was created with user-supplied key material: "
                "Key material is required to perform a 'rotate' action",
                target=Target("field", "payload"),
            )
        if not key.imported and self.source.payload is not None:
            raise Refused(
                Reason.INVALID_QUERY_PARAM,
                "The query_param 'payload' must be: provided only if key is imported",
                target=Target("query_param", "payload"),
            )
