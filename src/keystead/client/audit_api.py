"""What a server tells of its audit log: events of an instance or account, uses of a key, reports of all.

Only Keystead's servers know these paths.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from keystead.client.answers import CountedLog
from keystead.client.errors import unreadable
from keystead.client.key_api import KeyApi
from keystead.client.key_protect import key_path
from keystead.client.login import Login
from keystead.client.transport import Answer, Transport
from keystead.domain.catalog import ENTRIES

T = TypeVar("T")
EVENTS_AT_ONCE: Final = 1000
KEYS_AT_ONCE: Final = 500


class _Metadata(msgspec.Struct):
    next: str | None = None


class _Events(msgspec.Struct):
    metadata: _Metadata
    resources: list[dict[str, Any]]


class ListedInstance(msgspec.Struct):
    """An instance, as it is listed."""

    guid: str
    state: str
    crn: str = ""
    resource_plan_id: str = ""

    @property
    def service(self) -> str:
        """``kms`` or ``hs-crypto``."""
        return "".join(self.crn.split(":")[4:5])

    @property
    def kind(self) -> str:
        """``dedicated`` or ``multi-tenant``, as the Key Usage Reporter tells them apart."""
        plan = ENTRIES.get(self.resource_plan_id)
        return "dedicated" if plan is not None and plan.name == "dedicated" else "multi-tenant"


class _Instances(msgspec.Struct):
    resources: list[ListedInstance]
    next_url: str | None = None


class VersionUsage(msgspec.Struct, rename="camel"):
    """The uses of one version of a key."""

    id: str
    last_used: str
    last_action: str
    last_used_by: str
    count: int
    uses: list[dict[str, Any]]
    last_used_authn_id: str | None = None


class KeyUsage(msgspec.Struct, rename="camel"):
    """The uses of a key, with every member that the server sends."""

    key_id: str
    key_name: str
    key_crn: str
    versions: list[VersionUsage]
    more: bool
    audit_logs: list[CountedLog]


class _Usages(msgspec.Struct):
    resources: tuple[KeyUsage]


class AuditApi:
    """One instance at one server. Every method may raise `RemoteError`, and `BadInput` as `KeyApi.call`."""

    def __init__(self, transport: Transport, url: str, instance: str, login: Login) -> None:
        self.instance = instance
        self._call = KeyApi(transport, f"{url}/api/v2", instance, login).call
        self._around = KeyApi(transport, url, instance, login).call
        self._for = partial(AuditApi, transport, url, login=login)

    def every_instance(self, wanted: Callable[[ListedInstance], bool]) -> tuple[list["AuditApi"], bool]:
        """Return the same for those *wanted* of the login's first instances, and whether there are more."""
        page = _decoded(self._around("GET", "/v2/resource_instances", params={"limit": "100"}), _Instances)
        here = [one for one in page.resources if one.state != "removed" and wanted(one)]
        return [self._for(instance=one.guid) for one in here], page.next_url is not None

    def events(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the events that *filters* leave, the newest first, for as long as somebody takes them."""
        return _pages(self._call, "/audit_events", filters)

    def account_events(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the same of the login's account: of no instance, or of what was done around one."""
        return _pages(self._around, "/v1/audit_events", filters)

    def usage(self, key: str) -> KeyUsage:
        """Tell when each version of a key was used last, by whom and for what."""
        return _decoded(self._call("GET", key_path(key, "/usage")), _Usages).resources[0]

    def report(self, month: str | None) -> dict[str, Any]:
        """Report all keys and what was done with them in a month."""
        whole = self._page(month, 0)
        keys = _keys(whole)
        while len(keys) % KEYS_AT_ONCE == 0 and (more := _keys(self._page(month, len(keys)))):
            keys += more
        return whole

    def table(self, month: str | None) -> Iterator[list[str]]:
        """Yield the same as rows, the names of the columns first."""
        offset = 0
        while True:
            answer = self._call("GET", "/key_usage_report.csv", params=_params(month, offset))
            rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8", "replace"), newline="")))
            yield from rows if offset == 0 else rows[1:]
            if len(rows) <= KEYS_AT_ONCE:
                return
            offset += KEYS_AT_ONCE

    def _page(self, month: str | None, offset: int) -> dict[str, Any]:
        answer = self._call("GET", "/key_usage_report", params=_params(month, offset))
        return _decoded(answer, dict[str, Any])


def _pages(call: Callable[..., Answer], path: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    params = {**filters, "limit": str(EVENTS_AT_ONCE)}
    while True:
        page = _decoded(call("GET", path, params=params), _Events)
        yield from page.resources
        if page.metadata.next is None:
            return
        params["cursor"] = page.metadata.next


def _params(month: str | None, offset: int) -> dict[str, str]:
    params = {"limit": str(KEYS_AT_ONCE), "offset": str(offset)}
    return params if month is None else {**params, "month": month}


def _keys(report: dict[str, Any]) -> list[Any]:
    """Return the list of keys in *report*, the very one."""
    try:
        keys: list[Any] = report["result"]["kms_instances"][0]["keys"]
    except (KeyError, IndexError, TypeError, AttributeError):
        raise unreadable("the server's answer is no report") from None
    return keys


def _decoded(answer: Answer, of: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable("the server's answer is not what Keystead says", answer.status) from None
