import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.audit.encoding import encode
from keystead.audit.verify import Proof, check_proof, prove
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered
from unit.audit.sample import HOST, ORIGIN, SIGNER, event, event_id, lines, put, written

COUNT = 600


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("proof") / "log"
    written(made, COUNT, unsigned=2)
    return made


@pytest.mark.parametrize("index", [0, 1, 255, 256, 300, 511, 512, 598, 599])
def test_proves_each_event(directory: Path, index: int) -> None:
    proof = Proof.decode(prove(directory, index).encode())
    shown = check_proof(proof, SIGNER.public)
    assert (shown.origin, shown.size, shown.record.index) == (ORIGIN, COUNT, index)
    assert shown.record.id == event_id(index)
    assert shown.record.event == encode(event(index), HOST)


def test_an_entry_is_found_by_its_id(directory: Path) -> None:
    for index in (0, 300, 599):
        assert prove(directory, event_id(index)).index == index
    for nobody in (event_id(COUNT + 9), "", '","event":{'):
        with pytest.raises(ValueError, match="no entry"):
            prove(directory, nobody)


def test_survives_pretty_printing(directory: Path) -> None:
    pretty = json.dumps(json.loads(prove(directory, 7).encode()), indent=2).encode()
    assert check_proof(Proof.decode(pretty), SIGNER.public).record.id == event_id(7)


def test_shows_no_other_event(directory: Path) -> None:
    octets = prove(directory, 7).encode()
    assert event_id(7).encode() in octets
    assert not any(event_id(n).encode() in octets for n in range(COUNT) if n != 7)


@pytest.mark.parametrize("index", [-1, COUNT, COUNT + 1, COUNT + 5])
def test_nothing_to_prove(directory: Path, index: int) -> None:
    with pytest.raises(ValueError):
        prove(directory, index)


def test_nothing_signed_yet(tmp_path: Path) -> None:
    written(tmp_path, 0, unsigned=3)
    with pytest.raises(ValueError, match="no event is signed"):
        prove(tmp_path, 0)


def test_any_change_is_seen(directory: Path) -> None:
    good = prove(directory, 300)
    other = prove(directory, 301)
    bad = [
        msgspec.structs.replace(good, index=301),
        msgspec.structs.replace(good, index=-1),
        msgspec.structs.replace(good, index=10**30),
        msgspec.structs.replace(good, salt=other.salt),
        msgspec.structs.replace(good, salt="zz"),
        msgspec.structs.replace(good, entry=good.entry.replace("my-key", "my-kez")),
        msgspec.structs.replace(good, entry=good.entry + " "),
        msgspec.structs.replace(good, path=good.path[:-1]),
        msgspec.structs.replace(good, path=[*good.path, good.path[0]]),
        msgspec.structs.replace(good, path=["*"]),
        msgspec.structs.replace(good, checkpoint=good.checkpoint.replace("\n600\n", "\n601\n")),
        msgspec.structs.replace(good, checkpoint=""),
    ]
    for proof in bad:
        with pytest.raises(Tampered):
            check_proof(proof, SIGNER.public)
    with pytest.raises(Tampered):
        check_proof(good, Signer.generate().public)


@given(st.binary(max_size=200))
def test_junk_is_no_proof(junk: bytes) -> None:
    with pytest.raises(Tampered):
        Proof.decode(junk)


def test_a_damaged_log_proves_nothing(tmp_path: Path) -> None:
    written(tmp_path, 10)
    records = lines(tmp_path)
    put(tmp_path, [*records[:4], records[4].replace(b"my-key", b"my-kez"), *records[5:]])
    with pytest.raises(Tampered, match="event 4"):
        prove(tmp_path, 4)
    put(tmp_path, [*records[:4], *records[5:]])
    with pytest.raises(Tampered, match="event 4"):
        prove(tmp_path, 4)
    put(tmp_path, records)
    (tmp_path / "checkpoint").write_bytes(b"x")
    with pytest.raises(Tampered, match="malformed"):
        prove(tmp_path, 4)


def test_events_of_very_different_length_are_found(tmp_path: Path) -> None:
    import asyncio  # noqa: PLC0415

    from unit.audit.sample import opened  # noqa: PLC0415

    async def run() -> None:
        log = await opened(tmp_path)
        for number in range(40):
            await log.append(replace(event(number), message="x" * (20_000 * (number % 7 == 0))))
        await log.close()

    asyncio.run(run())
    for number in range(40):
        assert check_proof(prove(tmp_path, number), SIGNER.public).record.id == event_id(number)
