"""What listings of policies and roles are asked. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar, get_args

from keystead.domain.errors import Refused, bad_query
from keystead.domain.grants import MOST_DELETED, MOST_GRANTS
from keystead.domain.ids import ACCESS_GROUPS
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.policy_bodies import GROUP_ID, Type
from keystead.service.access_policies import State
from keystead.service.custom_roles import RoleQuery
from keystead.service.list_policies import PolicyQuery, Sort

PAGE_SIZES: Final = range(1, 101)
_WHOLE: Final = re.compile(r"[0-9]{1,3}\Z")
_NOWHERE: Final = frozenset({"tag_name", "tag_value", "service_group_id"})
"""What no policy here has: who asks for it is shown nothing."""
T = TypeVar("T", bound=str)


def policy_query(exchange: Exchange) -> PolicyQuery:
    """Return which policies are asked for.

    How they are to be shown (``format``) is not looked at: they are shown as they are.

    Raises:
        Refused: ``INVALID_QUERY_PARAM`` for what cannot be read, ``POLICY_BODY`` without an account.
    """
    fields = _fields(exchange)
    if "account_id" not in fields:
        raise Refused(Reason.POLICY_BODY, "The parameter account_id is missing")
    sort = fields.get("sort", "id")
    subjects = {name: who for name, who in fields.items() if name in ("iam_id", GROUP_ID)}
    kind = _one_of("type", fields.get("type"), get_args(Type))
    return PolicyQuery(
        account=fields["account_id"],
        subject=next(iter(subjects.values()), None),
        for_services=None if kind is None else kind == "authorization",
        state=_one_of("state", fields.get("state"), get_args(State)) or "active",
        service=fields.get("service_name"),
        service_type=fields.get("service_type"),
        nothing=not _NOWHERE.isdisjoint(fields) or not _may_be(subjects),
        sort=_one_of("sort", sort.removeprefix("-"), get_args(Sort)) or "id",
        descending=sort.startswith("-"),
        after=fields.get("start"),
        limit=_limit(fields.get("limit")),
    )


def _may_be(subjects: Mapping[str, str]) -> bool:
    """Tell whether one subject can be called all of this: groups are named apart from everybody else."""
    right = (who.startswith(ACCESS_GROUPS) is (name == GROUP_ID) for name, who in subjects.items())
    return len(subjects) < 2 and all(right)  # noqa: PLR2004 - nobody is both


def role_query(exchange: Exchange) -> RoleQuery:
    """Return which roles are asked for; `Refused` with ``INVALID_QUERY_PARAM``."""
    fields = _fields(exchange)
    kind = _one_of("policy_type", fields.get("policy_type"), get_args(Type))
    return RoleQuery(
        account=fields.get("account_id"),
        service=fields.get("service_name"),
        for_services=kind == "authorization" or "source_service_name" in fields,
    )


def supported_query(exchange: Exchange) -> RoleQuery:
    """Return the same as older clients ask for it; `Refused` with ``INVALID_QUERY_PARAM``."""
    fields = _fields(exchange)
    kind = _one_of("policyType", fields.get("policyType"), get_args(Type))
    return RoleQuery(
        account=None,
        service=fields.get("serviceName"),
        for_services=kind == "authorization" or "sourceServiceName" in fields,
    )


def _fields(exchange: Exchange) -> dict[str, str]:
    return {name: values[-1] for name, values in exchange.query().items()}


def _one_of(name: str, given: str | None, known: tuple[T, ...]) -> T | None:
    if given is None:
        return None
    for one in known:
        if one == given:
            return one
    raise bad_query(name, f"one of {', '.join(known)}")


def _limit(given: str | None) -> int:
    if given is None:
        return MOST_GRANTS + MOST_DELETED
    if not _WHOLE.match(given) or int(given) not in PAGE_SIZES:
        raise bad_query("limit", "an integer between 1 and 100 (inclusive)")
    return int(given)
