"""Prints what deleting or disabling a key would do."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import typer

from keystead.cli.output import Output, note, show, show_all
from keystead.client.answers import CountedLog, Impact, ImpactOutcome
from keystead.client.errors import BadInput, RemoteError
from keystead.client.key_protect import KeyProtect

_NO_SUCH_ROUTE: Final = frozenset({404, 405, 501})
_KEY: Final = {"Key": "keyId", "Name": "keyName", "State": "state", "KMIP adapters": "kmipAdapters"}
_REGISTRATIONS: Final = {"Protected resource": "resourceCrn", "Prevents deletion": "preventKeyDeletion"}
_CALLERS: Final = {
    "Caller": "iamId",
    "Assumed by": "authnIds",
    "Action": "action",
    "Last used": "lastUsed",
    "Uses": "count",
}
_OUTCOMES: Final = {"What": "what", "Would be": "would", "Why": "why"}


def foreseen(kms: KeyProtect, key: str) -> Impact:
    """Return what the server foresees for *key*; `BadInput` where it has the key and foresees nothing."""
    try:
        return kms.impact(key)
    except RemoteError as error:
        if error.status in _NO_SUCH_ROUTE and _is_there(kms, key):
            raise BadInput(
                "this server does not say what would come of it (only Keystead's do); nothing was changed"
            ) from error
        raise


def _is_there(kms: KeyProtect, key: str) -> bool:
    try:
        kms.metadata(key)
    except RemoteError:
        return False
    return True


def show_impact(impact: Impact, output: Output) -> None:
    """Print the whole as JSON, or the key and three tables."""
    whole: dict[str, Any] = msgspec.to_builtins(impact)
    show(whole, _KEY, output)
    if output is Output.TEXT:
        days = impact.days_asked_for
        _table(whole["registrations"], _REGISTRATIONS, "No resource is registered with it.")
        _table(whole["callers"], _CALLERS, f"Nobody wrapped or unwrapped with it in the last {days} days.")
        _table([_outcome(one) for one in impact.outcomes], _OUTCOMES, "")
    note_logs(impact.audit_logs)
    if impact.more_callers:
        note("not all was counted or is shown: there may be more callers")
    if impact.more_registrations:
        note("more resources are registered than are shown")


def note_logs(logs: Sequence[CountedLog]) -> None:
    """Say what the server knows: the logs of which nodes are counted, and how far."""
    said = [f"{log.node} (up to {log.counted_to or 'nothing'})" for log in logs]
    note(f"counted from the audit logs of: {', '.join(said) or 'no node'}")


def _table(rows: Sequence[dict[str, Any]], columns: dict[str, str], otherwise: str) -> None:
    typer.echo()
    if rows:
        show_all(rows, columns, Output.TEXT)
    else:
        typer.echo(otherwise)


def _outcome(one: ImpactOutcome) -> dict[str, Any]:
    return {
        "what": f"{one.action} --force" if one.force else one.action,
        "would": "refused" if one.refused else "done",
        "why": "; ".join(f"{reason.message} ({reason.code})" for reason in one.reasons),
    }
