"""What the operator's commands about receivers leave in the audit log, and what they refuse."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from api import Api, with_api
from keystead.audit.tail import tail
from keystead.domain.actions import Action
from keystead.domain.material import KeyMaterial
from keystead.domain.receivers import MOST_AUTHORITY_OCTETS, MOST_RECEIVERS, BadReceiver
from keystead.service.receivers import ListReceivers, RemoveReceiver, SetReceiver

SECRET = KeyMaterial(b"0123456789abcdef-a-secret-0123456789")
HIDDEN = "a-path-that-only-the-receiver-knows"


def command(**changed: object) -> SetReceiver:
    whole: dict[str, object] = {
        "service": "cloud-object-storage",
        "url": f"https://store.example:8443/{HIDDEN}",
        "authority": None,
        "secret": SECRET,
    }
    return SetReceiver(**{**whole, **changed})  # type: ignore[arg-type]


def told(folder: Path, story: Callable[[Api], Awaitable[None]]) -> list[str]:
    """Run *story* and return the events that it left, as octets of JSON."""
    with_api(folder, story)
    return [record.event.decode() for record in tail(folder / "audit" / "local", 100)]


def test_who_hears_is_recorded_and_no_secret_is(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        operate = api.service.operate
        made = await operate(Action.RECEIVER_SET, command())
        moved = await operate(Action.RECEIVER_SET, command(url="https://[::1]/"))
        assert (made.revision, moved.revision) == (1, 2)
        assert await operate(Action.RECEIVER_LIST, ListReceivers()) == (moved,)
        await operate(Action.RECEIVER_REMOVE, RemoveReceiver("cloud-object-storage"))
        with pytest.raises(BadReceiver, match="has no receiver"):
            await operate(Action.RECEIVER_REMOVE, RemoveReceiver("cloud-object-storage"))
        assert await operate(Action.RECEIVER_LIST, ListReceivers()) == ()

    events = [event for event in told(tmp_path, story) if '"keystead.receivers.' in event]
    assert '"service":"cloud-object-storage"' in events[0]
    assert '"host":"store.example:8443"' in events[0]
    assert [event.count('"outcome":"failure"') for event in events] == [0, 0, 0, 0, 1, 0]
    for event in events:
        assert HIDDEN not in event
        assert SECRET.reveal().decode() not in event


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://store.example/"},
        {"service": "a service"},
        {"secret": KeyMaterial(b"a" * 31)},
        {"secret": KeyMaterial(b"a" * 1025)},
        {"authority": "a" * (MOST_AUTHORITY_OCTETS + 1)},
    ],
    ids=["url", "service", "short", "long", "authority"],
)
def test_what_is_refused_changes_nothing(tmp_path: Path, changed: dict[str, object]) -> None:
    async def story(api: Api) -> None:
        with pytest.raises(BadReceiver):
            await api.service.operate(Action.RECEIVER_SET, command(**changed))
        assert await api.service.store.receivers() == ()

    with_api(tmp_path, story)


def test_one_more_than_there_may_be(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        commands = [command(service=f"service-{number}") for number in range(MOST_RECEIVERS)]
        await asyncio.gather(*(api.service.operate(Action.RECEIVER_SET, one) for one in commands))
        with pytest.raises(BadReceiver, match="already"):
            await api.service.operate(Action.RECEIVER_SET, command(service="one-more"))
        moved = await api.service.operate(Action.RECEIVER_SET, command(service="service-0"))
        assert moved.revision == 2

    with_api(tmp_path, story)
