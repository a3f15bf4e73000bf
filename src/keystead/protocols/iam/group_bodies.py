"""What the doors to access groups are sent and asked. Source: ``spec/iam-and-provisioning.md`` section 2."""

import re
from typing import Annotated, Final, Self, TypeVar, get_args

import msgspec

from keystead.domain.access_groups import MemberKind
from keystead.domain.errors import bad_query
from keystead.domain.grant_rules import bad_policy
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.identity_bodies import Id
from keystead.service.access_group_members import MemberQuery
from keystead.service.access_group_members import Sort as MemberSort
from keystead.service.add_members import Wanted
from keystead.service.list_access_groups import GroupQuery, Part, Search, Sort

MOST_AT_ONCE: Final = 50
"""Members or groups that one request names."""
NAME_CHARACTERS: Final = 100
DESCRIPTION_CHARACTERS: Final = 250
PAGE_SIZES: Final = range(101)
_DEFAULT_SIZE: Final = 50
_SIZE: Final = re.compile(r"[0-9]{1,3}\Z")
_OFFSET: Final = re.compile(r"[0-9]{1,9}\Z")
_SWITCH: Final = ("true", "false")
_FLAGS: Final = ("force", "hide_public_access", "show_crn", "show_federated", "verbose")
_MEMBERSHIPS: Final = ("static", "dynamic", "all")
T = TypeVar("T", bound=str)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_CHARACTERS)]
_MANY: Final = msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)


class GroupBody(msgspec.Struct, frozen=True):
    """A new group."""

    name: Name
    description: Description | None = None


class GroupChanges(msgspec.Struct, frozen=True):
    """What is to be said of a group from now on."""

    name: Name | None = None
    description: Description | None = None


class MemberBody(msgspec.Struct, frozen=True):
    """Somebody who is to be a member."""

    iam_id: Id
    type: MemberKind

    def wanted(self) -> Wanted:
        """Return who is to be one."""
        return Wanted(self.iam_id, self.type)


class MemberBodies(msgspec.Struct, frozen=True):
    """All who are to be members."""

    members: Annotated[tuple[MemberBody, ...], _MANY]


class GoneBody(msgspec.Struct, frozen=True):
    """All who are to be members no more."""

    members: Annotated[tuple[Id, ...], _MANY]


class GroupsBody(msgspec.Struct, frozen=True):
    """The groups in which somebody is to be."""

    type: MemberKind
    groups: Annotated[tuple[Id, ...], _MANY]


class Query:
    """A query; of a parameter that is there twice the last one counts.

    It is read once the caller is known and allowed: the first thing that a command asks for is `checked`.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.fields: dict[str, str] = {}

    def checked(self) -> Self:
        """Return this query, once it is known that what decides how the answer looks can be read.

        Raises:
            Refused: ``INVALID_QUERY_PARAM``, as whatever else reads a parameter.
        """
        self.fields = {name: values[-1] for name, values in self._exchange.query().items()}
        for name in _FLAGS:
            self.flag(name)
        return self

    def account(self) -> str:
        """Return the account; `Refused` with ``POLICY_BODY`` without one."""
        if "account_id" not in self.fields:
            raise bad_policy("the parameter account_id is missing")
        return self.fields["account_id"]

    def flag(self, name: str) -> bool:
        """Return a parameter that is true or false, false when absent."""
        return self.one_of(name, _SWITCH) == "true"

    def one_of(self, name: str, known: tuple[T, ...]) -> T | None:
        """Return a parameter that is one of those *known*, ``None`` when absent."""
        return _one_of(name, self.fields.get(name), known)

    def is_by_rule(self) -> bool:
        """Tell whether those alone are asked for whom a rule makes members."""
        return self.one_of("membership_type", _MEMBERSHIPS) == "dynamic"

    def sort(self, known: tuple[T, ...]) -> tuple[T | None, bool]:
        """Return by what is sorted, and whether from the end."""
        given = self.fields.get("sort")
        if given is None:
            return None, False
        return _one_of("sort", given.removeprefix("-"), known), given.startswith("-")

    def limit(self) -> int:
        """Return how many are wanted at once."""
        given = self.fields.get("limit", str(_DEFAULT_SIZE))
        if not _SIZE.match(given) or int(given) not in PAGE_SIZES:
            raise bad_query("limit", "an integer between 0 and 100 (inclusive)")
        return int(given)

    def offset(self) -> int:
        """Return how many are left out before them."""
        given = self.fields.get("offset", "0")
        if not _OFFSET.match(given):
            raise bad_query("offset", "an integer, 0 or greater")
        return int(given)


def group_query(query: Query) -> GroupQuery:
    """Return which groups are asked for."""
    sort, descending = query.sort(get_args(Sort))
    return GroupQuery(
        account=query.account(),
        member=query.fields.get("iam_id"),
        by_rule=query.is_by_rule(),
        search=_search(query.fields.get("search")),
        sort=sort or "name",
        descending=descending,
        limit=query.limit(),
        offset=query.offset(),
    )


def member_query(query: Query) -> MemberQuery:
    """Return which members are asked for."""
    sort, descending = query.sort(get_args(MemberSort))
    return MemberQuery(
        kind=query.one_of("type", get_args(MemberKind)),
        by_rule=query.is_by_rule(),
        sort=sort or "id",
        descending=descending,
        limit=query.limit(),
        offset=query.offset(),
    )


def _search(given: str | None) -> Search | None:
    if given is None:
        return None
    part, colon, text = given.partition(":")
    known: tuple[Part, ...] = get_args(Part)
    for one in known:
        if colon and part == one:
            return Search(one, text)
    return Search(None, given)


def _one_of(name: str, given: str | None, known: tuple[T, ...]) -> T | None:
    if given is None:
        return None
    for one in known:
        if one == given:
            return one
    raise bad_query(name, f"one of {', '.join(known)}")
