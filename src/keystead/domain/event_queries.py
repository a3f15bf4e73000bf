"""What may be asked of the audit log: events of an instance or an account, by somebody, of a kind, in a time.

Source: ``spec/iam-and-provisioning.md`` section 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final, NewType

from keystead.domain.actions import Scope
from keystead.domain.crns import account_of, service_instance_in, service_of
from keystead.domain.errors import Refused, bad_query
from keystead.domain.ids import AccountId
from keystead.domain.permissions import IN_ACCOUNT, OF_PEOPLE, PERMISSIONS
from keystead.domain.permissions.row import KMS

OLD_NAMES: Final = {
    "secrets.readmetadata": "secrets-metadata.read",
    "secrets.listkeyversions": "secrets-key-versions.list",
    "secrets.createalias": "secrets-alias.create",
    "secrets.deletealias": "secrets-alias.delete",
    "secrets.eventack": "secrets-event.ack",
    "instancepolicies.read": "instance-policies.read",
    "instancepolicies.write": "instance-policies.write",
    "importtoken.create": "import-token.create",
    "importtoken.read": "import-token.read",
    "keyrings.create": "key-rings.create",
    "keyrings.delete": "key-rings.delete",
    "keyrings.list": "key-rings.list",
    "governance.configread": "governance-config.read",
    "instance.readallowedipport": "instance-allowed-ip-port.read",
    "instance.readipwhitelistport": "instance-ip-allowlist-port.read",
}
"""Actions as they were called once; filters take them still (section 6.2)."""
OUTCOMES: Final = ("success", "failure")
MOST_EVENTS: Final = 1000
"""In one answer."""
_WHO: Final = ("id", "name", "authnId", "authnName")
"""What names who called, and who stood behind him."""
AROUND_INSTANCES: Final = frozenset(
    called.event
    for row in PERMISSIONS.values()
    for called in row.called.values()
    if row.scope in IN_ACCOUNT or row.scope in OF_PEOPLE or row.scope is Scope.OPERATOR
)
"""Events of what is done with an instance and not in it: they are the account's as well as the instance's."""
_KEY: Final = ":key:"  # before a key's id in its CRN

MOST_LOGS: Final = 100
"""That are asked: of all nodes that share a folder."""
LOG_OCTETS: Final = 16
POSITION_OCTETS: Final = 65 + LOG_OCTETS * MOST_LOGS  # a sealed blob is 65 octets longer than what is in it
"""Of the longest position."""

Position = NewType("Position", bytes)
"""How far the log of each node was read, from its end; who asks cannot read it, or make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """What events must have; ``None`` stands for anything."""

    source: str | None = None  # CRN of the instance
    account: AccountId | None = None  # whose events are asked for that are not of what is in an instance
    key: str | None = None  # id, in small letters
    caller: str | None = None  # IAM id, e-mail address, or other name, also of who assumed him
    action: str | None = None  # with wildcards, with or without the service before it, or an old name
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # not itself

    @property
    def whose(self) -> str | None:
        """Whose events are asked for: the CRN of an instance, or an account; ``None`` for everybody's."""
        return self.source if self.account is None else f"account/{self.account}"

    def fits(self, content: Mapping[str, Any]) -> bool:
        """Tell whether an event, as the audit log has it, has all of it."""
        who = content["initiator"]
        return (
            self.source in (None, content["logSourceCRN"])
            and (self.account is None or is_around(content, self.account))
            and self.key in (None, key_of(content))
            and (self.caller is None or any(who.get(it) == self.caller for it in _WHO))
            and self.outcome in (None, content["outcome"])
            and (self.action is None or _is_called(content, self.action))
            and self._covers(time_of(content))
        )

    def _covers(self, time: datetime) -> bool:
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event, the name of its entry in which log, and its octets there.

    Its index there is not told: it says how many events of others came before.
    """

    node: str
    id: str
    event: bytes  # a JSON object


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, the newest first, and where to go on; ``None`` when everything was looked at."""

    events: tuple[FoundEvent, ...]
    rest: Position | None


def key_of(content: Mapping[str, Any]) -> str | None:
    """Return the id of the key that an event is about, or ``None``."""
    return key_in(str(content["target"]["id"]))


def key_in(crn: str) -> str | None:
    """Return the id of the key whose CRN *crn* is, or ``None`` where it is no key's."""
    _, found, key = crn.rpartition(_KEY)
    return key if found else None


def is_around(content: Mapping[str, Any], account: AccountId) -> bool:
    """Tell whether an event is of *account*, and of no instance or of what was done with one from outside."""
    source = str(content["logSourceCRN"])
    if account_of(source) != account:
        return False
    return not service_instance_in(source) or content["action"] in AROUND_INSTANCES


def time_of(content: Mapping[str, Any]) -> datetime:
    """Return when an event happened."""
    return datetime.fromisoformat(content["eventTime"])


def no_position() -> Refused:
    """Return the refusal of a cursor that none of our answers had."""
    return bad_query("cursor", "what `next` said in an answer about the same instance or account")


def _is_called(content: Mapping[str, Any], wanted: str) -> bool:
    """Tell whether *wanted* names the action of an event.

    Logs of older versions have ``kms.`` before what was done in instances of hs-crypto: these are found under
    the name of their own service as well.
    """
    service, _, rest = str(content["action"]).partition(".")
    source = str(content["logSourceCRN"])
    services = (service, service_of(source)) if service == KMS and source else (service,)
    names = {wanted, *(OLD_NAMES.get(wanted.removeprefix(f"{it}."), wanted) for it in services)}
    called = (rest, *(f"{it}.{rest}" for it in services))
    return any(fnmatchcase(one, name) for name in names for one in called)
