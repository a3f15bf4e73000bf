"""What must be true after a kill and a new start."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

from chaos.load import Caller, text64
from chaos.recorder import Attempt, Known, Standing, Token
from chaos.serving import Place
from keystead.audit.records import lines_from, parse
from keystead.audit.verify import verify
from keystead.client import offline
from keystead.domain.material import KeyMaterial

_PROBE = text64(bytes(range(32)))


async def settle(caller: Caller, keys: Iterable[Known], token: Token) -> None:
    """Ask the server how everything is, and compare with what was acknowledged."""
    await asyncio.gather(*(_settle(caller, key) for key in keys))
    await _settle_token(caller, token)


async def _settle(caller: Caller, key: Known) -> None:
    found = await _standing(caller, key)
    key.settle(found)
    if found is None:
        return
    if key.state == 1:
        await _require_useful(caller, key)
    else:
        refused = await caller.look("POST", f"/keys/{key.name}/actions/wrap", {"plaintext": _PROBE})
        assert refused.status_code in {409, 410}, refused.text


async def _standing(caller: Caller, key: Known) -> Standing:
    """Return how a key is; a key is there by id and alias, with all its versions, or not at all."""
    answer = await caller.look("GET", f"/keys/{key.alias}/metadata")
    if answer.status_code == 404:
        if key.id is not None:
            assert (await caller.look("GET", f"/keys/{key.id}/metadata")).status_code == 404
        return None
    assert answer.status_code == 200, answer.text
    (shown,) = answer.json()["resources"]
    assert key.id in {None, shown["id"]}
    key.id = shown["id"]
    by_id = await caller.look("GET", f"/keys/{key.id}/metadata")
    assert by_id.json() == answer.json()
    listed = await caller.look("GET", f"/keys/{key.id}/versions?allKeyStates=true")
    assert listed.status_code == 200, listed.text
    versions = [version["id"] for version in listed.json()["resources"]]
    assert shown["keyVersion"]["id"] in versions
    return shown["state"], len(versions)


async def _require_useful(caller: Caller, key: Known) -> None:
    """Wrap, unwrap, and open what was wrapped before; brought material opens it without the server too."""
    made = await caller.look("POST", f"/keys/{key.name}/actions/wrap", {"plaintext": _PROBE})
    assert made.status_code == 200, made.text
    ciphertext = made.json()["ciphertext"]
    for wrapped, dek in [(ciphertext, _PROBE), *((one.ciphertext, one.dek) for one in key.wraps[-4:])]:
        opened = await caller.look("POST", f"/keys/{key.name}/actions/unwrap", {"ciphertext": wrapped})
        assert opened.status_code == 200, opened.text
        assert opened.json()["plaintext"] == dek
    if key.material:
        materials = [KeyMaterial(octets) for octets in key.material]
        assert text64(offline.unwrap(materials, ciphertext, ()).reveal()) == _PROBE


async def _settle_token(caller: Caller, token: Token) -> None:
    answer = await caller.look("GET", "/import_token")
    if answer.status_code == 404:
        token.settle(None, 0)
        return
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    token.settle(shown["maxAllowedRetrievals"], shown["remainingRetrievals"] + 1)
    token.remaining -= 1  # this look was a retrieval


def require_recorded(place: Place, attempts: Iterable[Attempt]) -> None:
    """Require that what was done has one event, what was not done none, and that the log is whole."""
    log = place.data / "audit" / "local"
    recorded: Counter[str] = Counter()
    with (log / "events").open("rb") as file:
        for _, line in lines_from(file, 0):
            event = json.loads(parse(line).event)
            if event["outcome"] == "success":
                recorded[event["correlationId"]] += 1
    for attempt in attempts:
        count = recorded[attempt.correlation_id]
        match attempt.verdict:
            case "acknowledged" | "done":
                assert count == 1, (attempt, count)
            case "not done":
                assert count == 0, (attempt, count)
            case "unanswered":  # it only read: nothing tells whether it was carried out
                assert not attempt.writes, attempt
                assert count <= 1, (attempt, count)
    public = bytes.fromhex((place.data / "unit" / "audit-local.public").read_text())
    report = verify(log, public)
    assert report.good, report


async def require_only(caller: Caller, keys: Iterable[Known]) -> None:
    """Require that the server lists the keys that are known and no other."""
    answer = await caller.look("GET", "/keys?limit=5000&state=0,1,2,3,5")
    assert answer.status_code == 200, answer.text
    listed = {key["id"]: key["state"] for key in answer.json()["resources"]}
    assert listed == {key.id: key.state for key in keys if key.standing is not None}


def verify_by_command(place: Place) -> None:
    """Run `keystead audit verify`, as an auditor would."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "keystead", "audit", "verify", place.data / "audit" / "local"),
            *("--public-key", place.data / "unit" / "audit-local.public"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
