"""What a server is asked about its audit log: events, and uses of one key."""

import itertools
from typing import Any, Final

from keystead.cli.impact import note_logs
from keystead.cli.output import Output, note, show_all
from keystead.cli.session import audit_session
from keystead.client.errors import BadInput
from keystead.domain.event_queries import EventQuery

USES: Final = {
    "Key": "key",
    "Version": "version",
    "Last used": "last",
    "For": "action",
    "By": "by",
    "Assumed by": "assumedBy",
    "Uses": "uses",
    "Callers": "callers",
}
"""The columns of uses."""


def usage_from_server(key: str | None, narrowed: tuple[str | None, ...], output: Output) -> None:
    """Show when each version of the key was used last; *narrowed* is what only logs can be asked."""
    if key is None or any(narrowed):
        raise BadInput("a server tells of one key, and of all its uses: give --key and nothing else")
    with audit_session() as server:
        found = server.usage(key)
    rows = [
        {
            "key": found.key_id,
            "version": one.id,
            "last": one.last_used,
            "action": one.last_action,
            "by": one.last_used_by,
            "assumedBy": one.last_used_authn_id,
            "uses": one.count,
            "callers": sorted({str(use.get("iamId")) for use in one.uses}),
        }
        for one in found.versions
    ]
    show_all(rows, USES, output)
    note_logs(found.audit_logs)
    if found.more:
        note("not all was counted or is shown: there may be more uses")


def events_from_server(asked: EventQuery, most: int, *, of_account: bool) -> list[dict[str, Any]]:
    """Return the newest events that the server has of the instance, or of the account, the newest last."""
    filters = {
        "key": asked.key,
        "caller": asked.caller,
        "action": asked.action,
        "outcome": asked.outcome,
        "from": asked.since and asked.since.isoformat(),
        "to": asked.until and asked.until.isoformat(),
    }
    with audit_session() as server:
        ask = server.account_events if of_account else server.events
        events = ask({name: value for name, value in filters.items() if value})
        return list(itertools.islice(events, most))[::-1]
