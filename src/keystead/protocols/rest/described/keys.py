"""Keys: made, shown, listed, and through with. Source: ``spec/kms-api.md`` sections 2.2 to 2.7."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Header, Operation, Parameter
from keystead.protocols.openapi.shapes import (
    COUNT,
    FLAG,
    Schema,
    any_of,
    choice,
    closed,
    listed,
    ref,
    text,
)
from keystead.protocols.rest.described import parameters
from keystead.protocols.rest.described.fields import (
    IMPORT_REFUSED,
    KEY_VERSION,
    collection,
    one_of,
)
from keystead.protocols.rest.described.impact import IMPACT
from keystead.protocols.rest.views import KEY_TYPE, VERSION_TYPE

_TAG: Final = "Keys"
_SEARCHED: Final = {
    "incompleteSearch": FLAG,
    "searchQuery": closed(
        {"query": text(), "scopes": listed(choice(("name", "alias"))), "not": FLAG, "exact": FLAG}
    ),
}


def _keys(*names: str, **facts: Schema) -> Schema:
    return collection(KEY_TYPE, any_of(*map(ref, names)), **facts)


def _gone(
    summary: str, *refuses: Reason, more: tuple[Parameter, ...] = (), dry: tuple[Schema, ...] = ()
) -> Operation:
    whole = "The key, where return=representation was preferred"
    return Operation(
        tag=_TAG,
        summary=summary,
        parameters=(parameters.PREFER, *more),
        answers={
            200: Answer(
                says=f"{whole}; of a dry run, what would come of it." if dry else f"{whole}.",
                schema=any_of(_keys("Key"), *dry),
            ),
            204: Answer(says="Done."),
        },
        refuses=(Reason.TOO_EARLY, *refuses),
    )


def _made(summary: str, body: str, *refuses: Reason) -> Operation:
    return Operation(
        tag=_TAG,
        summary=summary,
        parameters=(parameters.PREFER,),
        body=Body(schema=one_of(ref(body))),
        answers={201: Answer(says="The key.", schema=_keys("BriefKey", "KeyWithMaterial", "KeyId"))},
        refuses=(
            *IMPORT_REFUSED,
            Reason.ALIAS_NOT_UNIQUE,
            Reason.ALIAS_QUOTA,
            Reason.KEY_RING_NOT_FOUND,
            Reason.TOO_EARLY,
            *refuses,
        ),
    )


OPERATIONS: Final = {
    Action.KEY_CREATE: _made("Make or import a key", "NewKey"),
    Action.KEY_CREATE_WITH_OVERRIDES: _made(
        "Make or import a key with policies of its own",
        "NewKeyWithPolicies",
        Reason.KEY_ROOT_REQUIRED,
        Reason.KEY_PAYLOAD_REQUIRED,
    ),
    Action.KEY_LIST: Operation(
        tag=_TAG,
        summary="List keys",
        parameters=(*parameters.SELECTION, *parameters.SORTING),
        answers={200: Answer(says="A page of keys.", schema=_keys("Key", **_SEARCHED))},
        refuses=(Reason.INVALID_QUERY_PARAM, Reason.SEARCH_TOO_BROAD),
    ),
    Action.KEY_COUNT: Operation(
        tag=_TAG,
        summary="Count keys",
        parameters=parameters.SELECTION,
        answers={
            200: Answer(says="The count.", headers={"Key-Total": Header(says="How many keys there are.")})
        },
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
    Action.KEY_READ: Operation(
        tag=_TAG,
        summary="Read a key, a standard key with its material",
        answers={200: Answer(says="The key.", schema=_keys("KeyWithMaterial"))},
    ),
    Action.KEY_METADATA: Operation(
        tag=_TAG,
        summary="Read a key without material",
        answers={200: Answer(says="The key.", schema=_keys("KeyMetadata"))},
    ),
    Action.KEY_VERSIONS: Operation(
        tag=_TAG,
        summary="List the versions of a root key",
        parameters=(*parameters.PAGE, parameters.TOTAL, parameters.ALL_STATES),
        answers={
            200: Answer(
                says="A page of versions, the newest first.",
                schema=collection(VERSION_TYPE, KEY_VERSION, totalCount=COUNT),
            )
        },
        refuses=(
            Reason.INVALID_QUERY_PARAM,
            Reason.KEY_ROOT_REQUIRED,
            Reason.KEY_STATE,
            Reason.KEY_DELETED,
        ),
    ),
    Action.KEY_DELETE: _gone(
        "Delete a key",
        Reason.INVALID_QUERY_PARAM,
        Reason.KEY_DELETED,
        Reason.PROTECTED_RESOURCE,
        Reason.PREVENTED_BY_REGISTRATION,
        Reason.AUTHORIZATIONS_NOT_MET,
        more=(parameters.FORCE, parameters.DRY_RUN),
        dry=(IMPACT,),
    ),
    Action.KEY_PURGE: _gone("Purge a deleted key, for good", Reason.KEY_STATE),
    Action.KEY_RESTORE: Operation(
        tag=_TAG,
        summary="Restore a deleted key",
        parameters=(parameters.PREFER,),
        answers={201: Answer(says="The key.", schema=_keys("BriefKey", "KeyWithMaterial"))},
        refuses=(
            Reason.KEY_STATE,
            Reason.KEY_EXPIRED,
            Reason.KEY_RESTORE_EXPIRED,
            Reason.TOO_EARLY,
        ),
    ),
}
