"""What the service's own log says of requests that failed for no fault of their callers."""

import json
from io import StringIO
from typing import Any

import pytest

from conformance.world import World
from journal_lines import journal_in
from keystead.domain.actions import Action
from keystead.domain.errors import Conflict, KeysteadError, Refused, Tampered, Unavailable
from keystead.domain.reasons import Reason
from keystead.service.failures import EVERY_SECONDS, Failures
from unit.service.test_faults import SECRET, FaultyStore


@pytest.mark.parametrize(
    ("error", "event", "status"),
    [(Unavailable(SECRET), "request_unavailable", 503), (Tampered(SECRET), "record_tampered", 500)],
    ids=["unavailable", "tampered"],
)
def test_a_line_with_the_number_of_the_request(
    world: World, error: KeysteadError, event: str, status: int
) -> None:
    written = StringIO()

    async def story() -> dict[str, str]:
        api = await world.tenant()
        key = (await api.create())["id"]
        store = FaultyStore(world.store)
        store.reading = error
        # The deprecated form, too, answers through the row of its action.
        answer = await world.beside(api, store=store).send("POST", f"/keys/{key}?action=wrap", {})
        assert answer.status == status
        return dict(answer.headers)

    with journal_in(written):
        headers = world.run(story())
    line = json.loads(written.getvalue())
    assert (line["event"], line["level"], line["action"]) == (event, "error", "kms.secrets.wrap")
    assert line["correlation_id"] == headers["correlation-id"]
    assert line["error"] == type(error).__name__
    assert all(place.rpartition(":")[2].isdigit() for place in line["at"])
    assert SECRET not in written.getvalue()


def test_one_line_a_second_of_each_kind(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    failures = Failures(lambda: now)

    def told() -> list[tuple[str, Any]]:
        return [(record.getMessage(), record.__dict__["facts"]["left_out"]) for record in caplog.records]

    for _ in range(5):
        failures.tell(Action.KEY_WRAP, Unavailable(SECRET))
    failures.tell(Action.KEY_WRAP, Tampered(SECRET))
    assert told() == [("request_unavailable", 0), ("record_tampered", 0)]
    now += EVERY_SECONDS
    failures.tell(Action.KEY_READ, Unavailable(SECRET))
    assert told()[2:] == [("request_unavailable", 4)]


@pytest.mark.parametrize(
    "error",
    [Refused(Reason.KEY_NOT_FOUND, SECRET), Conflict(SECRET), RuntimeError(SECRET)],
    ids=["refused", "conflict", "mistake"],
)
def test_what_is_told_elsewhere(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    Failures().tell(Action.KEY_WRAP, error)
    assert not caplog.records
