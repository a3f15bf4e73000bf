"""Create a key. Source: ``spec/kms-api.md`` section 2.4."""

from collections.abc import Callable
from typing import Final

from keystead.domain.describing import (
    DESCRIPTION_MUST_BE,
    NAME_MUST_BE,
    is_encodable,
    key_aliases,
    key_description,
    key_name,
)
from keystead.domain.errors import bad_field
from keystead.domain.key_policies import Wishes
from keystead.domain.placing import MOST_ALIASES_OF_KEY
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest.bodies import dual_auth_wish, rotation_wish, source
from keystead.protocols.rest.lenient import Fields, read_single
from keystead.protocols.rest.views import KEY_TYPE, brief_key, collection, full_key, with_material, with_proof
from keystead.service.create_key import CreateKey

MOST_TAGS: Final = 30
TAG_CHARACTERS: Final = 30
FORBIDDEN_IN_TAGS: Final = frozenset("<>,:&|")


async def create_key(visit: Visit) -> Reply:
    """``POST /keys``; what the body says of policies is not looked at (U22)."""
    return await _create(visit, lambda _: None)


async def create_with_overrides(visit: Visit) -> Reply:
    """``POST /keys_with_policy_overrides``: what the body says of policies, and none of the instance's."""
    return await _create(visit, _overrides)


async def _create(visit: Visit, overrides: Callable[[Fields], Wishes | None]) -> Reply:
    whole = visit.prefers == "representation"

    def command() -> CreateKey:
        fields = read_single(visit.exchange.content())
        return _command(fields, reveal=whole, overrides=overrides(fields))

    created = await visit.serve(command)
    key, instance = created.key, created.instance
    match visit.prefers:
        case "minimal":
            view = {"id": key.id}
        case "representation":
            view = with_proof(full_key(key, instance, created.now, visit.windows), key)
            view = with_material(view, created.material)
        case _:
            view = with_proof(brief_key(key, instance), key)
    return json_reply(201, collection(KEY_TYPE, [view]))


def _overrides(fields: Fields) -> Wishes:
    return Wishes(rotation=rotation_wish(fields, required=True), dual_auth=dual_auth_wish(fields))


def _command(fields: Fields, *, reveal: bool, overrides: Wishes | None) -> CreateKey:
    return CreateKey(
        name=_name(fields),
        description=_description(fields),
        tags=_tags(fields),
        aliases=_aliases(fields),
        expires_at=fields.moment("expirationDate"),
        extractable=fields.flag("extractable", default=True),
        source=source(fields),
        reveal=reveal,
        overrides=overrides,
    )


def _name(fields: Fields) -> str:
    return key_name(fields.text("name", NAME_MUST_BE) or "")


def _description(fields: Fields) -> str | None:
    text = fields.text("description", DESCRIPTION_MUST_BE)
    return None if text is None else key_description(text)


def _tags(fields: Fields) -> tuple[str, ...]:
    tags = fields.texts("tags", most=MOST_TAGS, longest=TAG_CHARACTERS)
    if any(not FORBIDDEN_IN_TAGS.isdisjoint(tag) or not is_encodable(tag) for tag in tags):
        raise bad_field("tags", "without any of < > , : & |")
    return tags


def _aliases(fields: Fields) -> tuple[str, ...]:
    return key_aliases(fields.texts("aliases", most=MOST_ALIASES_OF_KEY, longest=90))
