"""IAM's identities as the commands ask for them. Source: ``spec/iam-and-provisioning.md`` section 2."""

from collections.abc import Mapping
from typing import Any, Self

from keystead.client.errors import BadInput
from keystead.client.transport import Transport
from keystead.ibmcloud import places
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import Door, decoded, stored_login
from keystead.ibmcloud.sessions import StoredLogin, claims

_PAGES = 100
_PAGE = "100"


class Identities(Door):
    """The API keys and service ids of the account of the login."""

    def __init__(
        self,
        transport: Transport,
        login: StoredLogin,
        stored: Mapping[str, Any],
        said: Mapping[str, Any],
    ) -> None:
        iam = places.iam(login.environment, str(stored.get("APIEndpoint") or places.DEFAULT_API))
        super().__init__(transport, iam, login, places.beside_iam(login.environment, stored))
        account: Any = stored.get("Account") or {}
        self.account = str(account.get("GUID"))
        self.iam_id = str(said.get("iam_id"))
        self.email = str(said.get("email") or "")

    @classmethod
    def open(cls, call: Call) -> Self:
        """Connect; `BadInput` without a login."""
        stored, transport, login = stored_login(call)
        return cls(transport, login, stored, claims(login.bearer().reveal().decode()))

    def listed(self, path: str, member: str, **wanted: str) -> list[Resource]:
        """Return everything at *path* that has all of *wanted*, page by page."""
        params = {"account_id": self.account, "pagesize": _PAGE, **wanted}
        found: list[Resource] = []
        for _ in range(_PAGES):
            answer = decoded(self.ask("GET", path, params), Resource)
            found += answer.get(member) or []
            token = answer.get("next") or ""
            if "pagetoken=" not in token:
                break
            params["pagetoken"] = token.partition("pagetoken=")[2].partition("&")[0]
        return found

    def api_keys(self, iam_id: str) -> list[Resource]:
        """Return the API keys of an identity."""
        return self.listed("/v1/apikeys", "apikeys", iam_id=iam_id)

    def profiles(self) -> list[Resource]:
        """Return the trusted profiles of the account."""
        return self.listed("/v1/profiles", "profiles")

    def groups(self, **wanted: str) -> list[Resource]:
        """Return the access groups of the account that have all of *wanted*."""
        return self.counted("/v2/groups", "groups", account_id=self.account, **wanted)

    def counted(self, path: str, member: str, **wanted: str) -> list[Resource]:
        """Return everything at *path* that has all of *wanted*, where pages are found by counting."""
        found: list[Resource] = []
        for _ in range(_PAGES):
            params = {"limit": _PAGE, "offset": str(len(found)), **wanted}
            answer = decoded(self.ask("GET", path, params), Resource)
            more = answer.get(member) or []
            found += more
            if not more or "next" not in answer:
                break
        return found

    def service_ids(self) -> list[Resource]:
        """Return the service ids of the account."""
        return self.listed("/v1/serviceids/", "serviceids")


def the_one(found: list[Resource], what: str, name: str) -> Resource:
    """Return the one of *found* with this id or name; `BadInput` unless there is exactly one."""
    fitting = [one for one in found if name in (one.get("id"), one.get("name"), one.get("iam_id"))]
    if not fitting:
        raise BadInput(f"{what} {name} was not found.")
    if len(fitting) > 1:
        raise BadInput(f"'{name}' names {len(fitting)} of them. Give the id.")
    return fitting[0]
