"""Users of an account, as IBM's user management shows and removes them; nobody is invited or changed here."""

from typing import Any, Final
from urllib.parse import urlencode

from keystead.domain.errors import bad_query
from keystead.domain.identities import Identity
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import Query, answer, nothing
from keystead.service.removing import RemoveUser
from keystead.service.users import ListUsers, ReadUser, UserPage

_MOST: Final = 100


async def list_users(visit: Visit) -> Reply:
    """``GET /v2/accounts/{account}/users``."""
    page = await visit.serve(lambda: _wish(visit))
    return answer(visit.exchange, 200, _shown_page(visit, page))


async def read_user(visit: Visit) -> Reply:
    """``GET /v2/accounts/{account}/users/{user}``."""
    account, user = visit.names["account"], visit.names["user"]
    found = await visit.serve(lambda: ReadUser(account=account, iam_id=user))
    return answer(visit.exchange, 200, _shown(found))


async def remove_user(visit: Visit) -> Reply:
    """``DELETE /v2/accounts/{account}/users/{user}``."""
    account, user = visit.names["account"], visit.names["user"]
    await visit.serve(lambda: RemoveUser(account=account, iam_id=user))
    return nothing(visit.exchange)


def _wish(visit: Visit) -> ListUsers:
    query = Query(visit.exchange)
    if query.text("search") is not None:
        raise bad_query("search", "left out: user_id finds a user by the e-mail address")
    return ListUsers(
        account=visit.names["account"],
        email=query.text("user_id"),
        after=query.after("_start"),
        limit=query.size("limit", _MOST),
    )


def _shown_page(visit: Visit, page: UserPage) -> dict[str, Any]:
    wish, path = _wish(visit), visit.exchange.path
    asked = {"limit": str(wish.limit)} | ({} if wish.email is None else {"user_id": wish.email})
    shown: dict[str, Any] = {
        "total_results": page.total,
        "limit": wish.limit,
        "first_url": f"{path}?{urlencode(asked)}",
        "resources": [_shown(it) for it in page.items],
    }
    if page.last is not None:
        shown["next_url"] = f"{path}?{urlencode({**asked, '_start': page.last})}"
    return shown


def _shown(who: Identity) -> dict[str, Any]:
    """Return a user; what nobody says of him here is an empty text, as for who left it out at IBM's."""
    return {
        "id": who.iam_id,
        "iam_id": who.iam_id,
        "realm": who.iam_id.partition("-")[0],
        "user_id": who.name,
        "firstname": who.display_name,
        "lastname": "",
        "state": "ACTIVE",
        "email": who.name,
        "phonenumber": "",
        "altphonenumber": "",
        "photo": "",
        "account_id": who.account,
        "added_on": moment(who.created_at),
    }
