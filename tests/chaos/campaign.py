"""Rounds of start, check, load and kill on one data folder."""

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from chaos import checks
from chaos.load import Caller, Importer, ServerDied, User, create, keep_wrapping
from chaos.recorder import Attempt, Known, Token
from chaos.serving import Place

_USERS = 5
_WRAPPERS = 2


@dataclass
class Campaign:
    """Everything that is remembered from round to round; each kill happens while requests are under way."""

    place: Place
    chance: random.Random
    attempts: list[Attempt] = field(default_factory=list)
    keys: list[Known] = field(default_factory=list)
    owned: list[list[Known]] = field(default_factory=lambda: [[] for _ in range(_USERS + 1)])
    shared: Known | None = None
    token: Token = field(default_factory=Token)
    bearer: str = ""  # from the first round: it has to be good after every kill
    kills: int = 0

    async def run(self, kills: int) -> None:
        """Kill the server so often, and check everything after the last start."""
        try:
            for _ in range(kills):
                await self._round()
            await self.place.fork()
            async with AsyncExitStack() as stack:
                await self.check_everything(await self._caller(stack))
        finally:
            self.place.kill()
        checks.verify_by_command(self.place)

    async def _round(self) -> None:
        await self.place.fork()
        async with AsyncExitStack() as stack:
            callers, shared = await self.connect(stack)
            await self._check_touched(callers[0])
            await self._load_and_kill(callers, shared)
        self.gather()

    async def connect(self, stack: AsyncExitStack) -> tuple[list[Caller], Known]:
        """Return a caller for each user, and the key that they share, made at the first time."""
        self.bearer = self.bearer or await self.place.token()
        callers = [await self._caller(stack) for _ in range(_USERS + _WRAPPERS + 1)]
        if self.shared is None:
            await create(callers[0], self.keys, None, {})
            (self.shared,) = self.keys
        return callers, self.shared

    def gather(self) -> None:
        """Take the users' new keys over into the list of all."""
        known = {key.alias for key in self.keys}
        self.keys += [key for owned in self.owned for key in owned if key.alias not in known]

    async def _load_and_kill(self, callers: list[Caller], shared: Known) -> None:
        before = len(self.attempts)
        tasks = self.load(callers, shared)
        await asyncio.sleep(self.chance.uniform(0.005, 0.150))
        self.place.kill()
        self.kills += 1
        await until_dead(tasks)
        assert len(self.attempts) > before

    def load(self, callers: list[Caller], shared: Known) -> "list[asyncio.Task[None]]":
        """Begin to ask, over every connection at once."""
        *users, importer = self.owned
        work = [
            *(User(callers[i], self.chance, keys).work() for i, keys in enumerate(users)),
            Importer(callers[_USERS], self.chance, self.token, importer).work(),
            *(keep_wrapping(caller, shared) for caller in callers[_USERS + 1 :]),
        ]
        return [asyncio.create_task(one) for one in work]

    async def _check_touched(self, caller: Caller) -> None:
        await checks.settle(caller, [key for key in self.keys if key.touched], self.token)
        checks.require_recorded(self.place, self.attempts)

    async def check_everything(self, caller: Caller) -> None:
        """Check every key there ever was, and bring it back to life to open what it wrapped."""
        await checks.settle(caller, self.keys, self.token)
        checks.require_recorded(self.place, self.attempts)
        await checks.require_only(caller, self.keys)
        for key in self.keys:
            if key.state == 2:
                answer = await caller.look("POST", f"/keys/{key.name}/actions/enable")
            elif key.state == 5:
                answer = await caller.look("POST", f"/keys/{key.name}/restore")
            else:
                continue
            assert answer.is_success, answer.text
            assert key.standing is not None
            key.standing = 1, key.standing[1]
        await checks.settle(caller, self.keys, self.token)

    async def _caller(self, stack: AsyncExitStack) -> Caller:
        """Return a caller whose connection is open already, so that a short burst is all requests."""
        client = await stack.enter_async_context(self.place.client())
        assert (await client.get("/readyz")).status_code == 200
        return Caller(self.place, client, self.bearer, self.attempts)


async def until_dead(tasks: "list[asyncio.Task[None]]") -> None:
    """Wait until every user has found that nobody answers."""
    for task in tasks:
        with suppress(ServerDied):
            await task
