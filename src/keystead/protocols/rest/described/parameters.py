"""Query parameters and headers. Source: ``spec/kms-api.md`` sections 1.2, 1.7, 1.8 and 2.3."""

from typing import Final

from keystead.domain.crns import MAX_CHARACTERS
from keystead.domain.ids import RING
from keystead.domain.keys import KeyState
from keystead.domain.listing import DEFAULT_LIMIT, LIMITS
from keystead.domain.policies import PolicyKind
from keystead.protocols.http.visit import PREFERENCES
from keystead.protocols.openapi.operation import Parameter
from keystead.protocols.openapi.shapes import UUID, Schema, choice, listed, text, whole
from keystead.protocols.rest import filters, key_policies, queries, searches
from keystead.protocols.rest.described.fields import NEW_ALIAS
from keystead.protocols.rest.queries import BOOLEANS, WHOLE
from keystead.protocols.rest.registrations import CRN_QUERY

_BOOLEAN: Final = choice(BOOLEANS)
_TERMS: Final = f"^ *(?:(?:{'|'.join((*filters.DATES, *filters.OTHERS))})=[^ ]+(?: +|$))*$"


def query(name: str, schema: Schema, says: str) -> Parameter:
    """Return a parameter of the query that may be left out."""
    return Parameter(place="query", name=name, schema=schema, says=says)


def _header(name: str, schema: Schema, says: str) -> Parameter:
    return Parameter(place="header", name=name, schema=schema, says=says)


def _segment(name: str, schema: Schema, says: str) -> Parameter:
    return Parameter(place="path", name=name, schema=schema, says=says, required=True)


SEGMENTS: Final = (
    _segment("key", text(minLength=1), "The id of the key, or one of its aliases."),
    _segment("alias", NEW_ALIAS, "The alias: no UUID and no reserved word."),
    _segment("ring", text(pattern=RING), "The name of the key ring; default is always there."),
    _segment("crn", text(minLength=1), "The CRN of the resource, percent-encoded once or twice."),
    _segment("adapter", text(minLength=1), "The id or name of the KMIP adapter."),
    _segment("certificate", text(minLength=1), "The id or name of the certificate."),
    _segment("object", text(minLength=1), "The id of the object."),
)
INSTANCE: Final = Parameter(
    place="header",
    name="Bluemix-Instance",
    schema=UUID,
    says="The instance that the request is about.",
    required=True,
)
RING_OF_KEY: Final = _header(
    "X-Kms-Key-Ring", text(pattern=RING), "The key ring that the key is, or is made, or is looked for in."
)
PREFER: Final = _header(
    "Prefer",
    choice(f"return={preference}" for preference in PREFERENCES),
    "How much of the key the answer shows; anything else is ignored.",
)
IF_MATCH: Final = _header("If-Match", text(), "Entity tags, one of which must be that of the registration.")
PAGE: Final = (
    query("limit", whole(LIMITS, default=DEFAULT_LIMIT), "How many are shown."),
    query("offset", whole(WHOLE, default=0), "How many are left out before the first."),
)
TOTAL: Final = query("totalCount", _BOOLEAN, "Whether the metadata says how many there are in all.")
SELECTION: Final = (
    *PAGE,
    query(
        "state",
        listed({"type": "integer", "enum": [int(state) for state in KeyState]}, least=1),
        "The states of keys that are looked at; given more than once, they add up. By default all but "
        f"{int(KeyState.DESTROYED)}, the destroyed ones.",
    ),
    query("extractable", _BOOLEAN, "Standard keys only, or root keys only."),
    query(
        "filter",
        text(
            pattern=_TERMS,
            maxLength=filters.MOST_CHARACTERS,
            examples=["state=1", "creationDate=gte:2031-05-04T09:08:07Z"],
        ),
        "Terms property=value between spaces, all of which must hold. Properties are "
        f"{', '.join((*filters.DATES, *filters.OTHERS))}; before a time there may be gt:, gte:, lt: or "
        "lte:, and none stands for a date that is not set.",
    ),
)
SORTING: Final = (
    query(
        "search",
        text(examples=["payroll", "not:exact:alias:payroll"]),
        "Part of a name or alias, or a whole id. Before it there may be "
        f"{', '.join(f'{option}:' for option in searches.OPTIONS)} and escape:, after which none is read.",
    ),
    query(
        "sort",
        listed(
            choice(f"{turned}{name}" for name in searches.SORTED for turned in ("", "-")),
            least=1,
            most=len(searches.SORTED),
        ),
        "What is sorted by; a hyphen turns it round, and later ones break ties.",
    ),
)
ALL_STATES: Final = query(
    "allKeyStates", _BOOLEAN, "Whether versions are listed whatever state the key is in."
)
FORCE: Final = query("force", _BOOLEAN, "Whether a key is deleted although it protects resources.")
DRY_RUN: Final = query(
    queries.DRY_RUN,
    choice(("true", "false")),
    "Whether nothing is done, and the answer is what would come of it, as `GET /keys/{key}/impact` says it. "
    "It takes the permission for that and the one for this, and is recorded as that is.",
)
FORCE_RING: Final = query(
    "force", _BOOLEAN, "Whether destroyed keys are moved to the ring default, and do not keep theirs."
)
KEY_POLICY: Final = query("policy", choice(key_policies.KINDS), "The one policy that is meant.")
INSTANCE_POLICY: Final = query("policy", choice(PolicyKind), "The one policy that is meant.")
REGISTERED: Final = (
    query(
        CRN_QUERY,
        text(pattern="^crn(:|$)", maxLength=MAX_CHARACTERS, examples=["crn:v1:bluemix"]),
        "A CRN, or its beginning, in whose segments * stands for anything; percent-encoded once more or not.",
    ),
    query("preventKeyDeletion", _BOOLEAN, "Only those that do, or do not, keep their key from deletion."),
    TOTAL,
    *PAGE,
)


def action(*names: str) -> Parameter:
    """Return the parameter that names what is done."""
    return Parameter(place="query", name="action", schema=choice(names), says="What is done.", required=True)
