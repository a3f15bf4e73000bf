"""Commands of a development server: move the clock, order faults, get an instance of one's own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keystead.domain.identities import Account
from keystead.domain.ids import AccountId, InstanceId
from keystead.domain.instances import Instance
from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment
from keystead.service.begin import owner_of
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True)
class MoveClock:
    """Move the clock that keys live by; ``move`` does it and returns the time."""

    move: Callable[[], datetime]

    async def run(self, case: Case, tools: Tools) -> datetime:  # noqa: ARG002 - every command has this shape
        """Move it."""
        now = self.move()
        case.response["time"] = moment(now)
        return now


@dataclass(frozen=True, slots=True)
class OrderFaults:
    """Change the faults that are to happen; ``order`` does it."""

    order: Callable[[], None]

    async def run(self, case: Case, tools: Tools) -> None:  # noqa: ARG002 - every command has this shape
        """Change them."""
        self.order()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstance:
    """An instance with an account, an owner and an API key of its own."""

    instance: Instance
    api_key: KeyMaterial


@dataclass(frozen=True, slots=True)
class MakeInstance:
    """Make an instance that shares nothing with any other."""

    async def run(self, case: Case, tools: Tools) -> NewInstance:
        """Make it with all that belongs to it."""
        account = Account(id=AccountId(tools.new_id().replace("-", "")), name="emulated", created_at=case.now)
        instance = Instance(
            id=InstanceId(tools.new_id()),
            account=account.id,
            name="emulated",
            service=case.instance.service,
            region=case.instance.region,
            created_at=case.now,
        )
        text, digest = tools.tokens.new_api_key()
        email = f"owner-{instance.id}@example.com"
        case.change.add(account, instance, *owner_of(instance, email, digest, case, tools))
        case.response["madeInstanceID"] = instance.id
        return NewInstance(instance=instance, api_key=text)
