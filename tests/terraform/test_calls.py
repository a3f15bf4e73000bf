"""What IBM's Terraform provider calls, asked again: `make terraform` recorded it from the real provider.

Each call must end as it did, and say at least what it said, for the provider reads that into its state.
"""

import asyncio
import json
from pathlib import Path

import pytest

from api import APIKEY_GRANT, send
from certificates import a_certificate
from keystead.app import open_service
from keystead.config import Settings
from keystead.identity.api_keys import new_api_key
from keystead.running import Service
from terraform.driving import HERE, owned
from terraform.replaying import Replay
from terraform.transcripts import MORE, Data, question, read

ONE, OTHER = "5f0c3f64-7e67-4c1c-8f43-0a6d3c0b8a11", "e2b8f1aa-93a4-4f0e-9c55-1d2f3a4b5c6d"
RECORDINGS = sorted(path.stem for path in (HERE / "calls").glob("*.json"))


async def differences(folder: Path, steps: dict[str, list[Data]]) -> list[str]:
    """Ask a new server everything in turn, and return what it answers otherwise."""
    service = await open_service(Settings(data=folder, database="memory:"), ready_pairs=0)
    try:
        replay, before, found = Replay(await _known(service)), dict[str, Data](), list[str]()
        for step, calls in steps.items():
            for call in calls:
                before |= {question(call): call["answer"]} if "answer" in call else {}
                method, target, headers, body = replay.request(call)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                answer = await send(service, method, target, content, headers)
                where = f"{step}: {question(call)}"
                if answer.status != call["status"]:
                    found.append(f"{where}: {answer.status}: {answer.body!r}")
                if expected := before.get(question(call)):
                    found += [f"{where}: {it}" for it in replay.differences(expected, answer.json)]
        return found
    finally:
        await service.close()


async def _known(service: Service) -> dict[str, str]:
    """Begin the service and log in; return what the names of a recording stand for from the start."""
    text = new_api_key()
    await service.begin(text, email="developer@example.com", kind="kms", region="us-south")
    apikey = text.reveal().decode()
    form = f"grant_type={APIKEY_GRANT}&apikey={apikey}".encode()
    tokens = (await send(service, "POST", "/identity/token", form)).json
    account, owner = owned(tokens["access_token"])
    return {
        "account": account,
        "owner": owner,
        "apikey": apikey,
        "certificate": a_certificate(),
        "refresh": tokens["refresh_token"],
        "url": service.settings.endpoint,
    }


@pytest.mark.parametrize("recording", RECORDINGS)
def test_c41_every_call_is_answered_as_recorded(recording: str, tmp_path: Path) -> None:
    assert asyncio.run(differences(tmp_path / "data", read(HERE / "calls" / f"{recording}.json"))) == []


def test_the_recordings_are_of_both_generations() -> None:
    assert RECORDINGS == ["access", "groups", "older", "sample", "wider"]


@pytest.mark.parametrize(
    ("recorded", "live"),
    [
        ({"state": "active"}, {"state": "removed"}),
        ({"state": "active"}, {}),
        ({"items": []}, {"items": [1]}),
        ({"items": [1]}, {"items": []}),
        ({"items": [1, MORE]}, {"items": [2, 3]}),
        ({"locked": False}, {"locked": 0.5}),
        ({"at": "{time}"}, {"at": "yesterday"}),
        ({"expiration": "{number}"}, {"expiration": "soon"}),
        ({"guid": "{uuid1}"}, {"guid": "nothing of the kind"}),
        ({"crn": "crn:{account}:{uuid1}"}, {"crn": f"crn:theirs:{ONE}"}),
        ([{"id": "{uuid1}"}, {"id": "{uuid1}"}], [{"id": ONE}, {"id": OTHER}]),
        ({"a": {"b": 1}}, {"a": None}),
    ],
)
def test_what_is_not_as_recorded_is_seen(recorded: object, live: object) -> None:
    assert len(Replay({"account": "ours"}).differences(recorded, live)) == 1


def test_what_the_client_made_is_the_same_wherever_it_stands() -> None:
    replay = Replay({"account": "ours"})
    call = {"method": "PUT", "target": "/x/{uuid1}", "headers": {}, "body": {"id": "TF-{uuid1}"}}
    _, target, _, body = replay.request(call)
    assert target == f"/x/{replay.names['uuid1']}"
    assert replay.differences({"id": "TF-{uuid1}"}, body) == []
    assert len(replay.differences({"id": "TF-{uuid1}"}, {"id": f"TF-{ONE}"})) == 1
    with pytest.raises(KeyError):
        replay.request({"method": "GET", "target": "/x/{hex1}", "headers": {}})


@pytest.mark.parametrize("kind", ["", "ServiceId-"])
def test_a_list_may_be_in_the_order_of_its_ids(kind: str) -> None:
    replay = Replay({"uuid1": ONE})
    recorded = [{"id": f"{kind}{{uuid2}}", "of": "the other"}, {"id": f"{kind}{{uuid1}}", "of": "the one"}]
    live = [{"id": f"{kind}{ONE}", "of": "the one"}, {"id": f"{kind}{OTHER}", "of": "the other"}]
    assert replay.differences(recorded, live) == []
    assert replay.names["uuid2"] == OTHER
    assert replay.differences(recorded, live[::-1]) == []


def test_names_are_learned_and_more_members_do_no_harm() -> None:
    replay = Replay({"account": "ours"})
    recorded = {"crn": "crn:{account}:{uuid1}:{uuid2}:{uuid1}", "list": [1, MORE]}
    live = {"crn": f"crn:ours:{ONE}:{OTHER}:{ONE}", "list": [1, 2], "more": 1}
    assert replay.differences(recorded, live) == []
    assert (replay.names["uuid1"], replay.names["uuid2"]) == (ONE, OTHER)
    call = {"method": "GET", "target": "/x/{uuid2}", "headers": {}, "form": {"key": "{uuid1}"}}
    assert replay.request(call) == ("GET", f"/x/{OTHER}", {}, f"key={ONE}".encode())
