import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystead.crypto.sealing import Sealer
from keystead.domain.errors import KeysteadError
from keystead.domain.material import KeyMaterial
from keystead.units import master_key
from keystead.units.master_key import create, load, load_or_create
from keystead.units.private_files import UnsafeFile
from keystead.units.seals import DEFAULT_COST, Argon2Cost, FileSeal, PassphraseSeal, Seal, SealError

CHEAP = Argon2Cost(memory_kib=16, passes=1, lanes=1)


def spoken(words: str) -> PassphraseSeal:
    return PassphraseSeal(KeyMaterial(words.encode()), CHEAP)


@pytest.fixture(params=["key file", "passphrase"])
def seal(request: pytest.FixtureRequest, tmp_path: Path) -> Seal:
    return FileSeal(tmp_path / "seal.key") if request.param == "key file" else spoken("correct horse battery")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "master.sealed"


def test_a_master_key_is_made_once_and_found_again(path: Path, seal: Seal) -> None:
    master = load_or_create(path, seal)
    before = path.read_bytes()
    assert len(master) == 32
    assert load_or_create(path, seal) == load(path, seal) == master
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o7777 == 0o600
    assert master.reveal() not in before


def test_two_master_keys_differ(tmp_path: Path, seal: Seal) -> None:
    assert load_or_create(tmp_path / "one", seal) != load_or_create(tmp_path / "two", seal)


def test_the_file_has_the_documented_form(path: Path) -> None:
    seal = spoken("correct horse battery")
    master = create(path, seal)
    octets = path.read_bytes()
    assert octets[:4] == bytes([1, 2, 0, 28])
    assert octets[4:16] == b"".join(number.to_bytes(4, "big") for number in (16, 1, 1))
    key = seal.resume(octets[4:32])
    assert Sealer(key).open(octets[32:], b"keystead/master-key/1\x00" + octets[:32]) == master


def test_a_wrong_passphrase_makes_nothing_new(path: Path) -> None:
    master = create(path, spoken("correct horse battery"))
    before = path.read_bytes()
    with pytest.raises(SealError, match="not the passphrase"):
        load_or_create(path, spoken("correct horse batterie"))
    assert path.read_bytes() == before
    assert load(path, spoken("correct horse battery")) == master


def test_another_key_file_makes_nothing_new(path: Path, tmp_path: Path) -> None:
    create(path, FileSeal(tmp_path / "seal.key"))
    create(tmp_path / "other.sealed", FileSeal(tmp_path / "other.key"))
    before = path.read_bytes()
    with pytest.raises(SealError, match="not the key file"):
        load_or_create(path, FileSeal(tmp_path / "other.key"))
    assert path.read_bytes() == before


def test_a_lost_key_file_is_not_made_anew(path: Path, tmp_path: Path) -> None:
    seal = FileSeal(tmp_path / "seal.key")
    create(path, seal)
    seal.path.unlink()
    with pytest.raises(SealError, match="missing"):
        load_or_create(path, seal)
    assert not seal.path.exists()


def test_the_kinds_of_seal_are_not_mixed_up(path: Path, tmp_path: Path) -> None:
    create(path, spoken("correct horse battery"))
    with pytest.raises(SealError, match="another kind of seal"):
        load_or_create(path, FileSeal(tmp_path / "seal.key"))
    assert not (tmp_path / "seal.key").exists()


@settings(deadline=None)
@given(data=st.data())
def test_no_edited_or_cut_file_opens(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path, seal = tmp_path_factory.mktemp("edited") / "master.sealed", spoken("correct horse battery")
    create(path, seal)
    octets = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(octets) - 1))
    if data.draw(st.booleans()):
        del octets[at:]
    else:
        # the topmost octets of the cost stand for gigabytes, which is refused below without trying them
        octets[at] ^= data.draw(st.integers(1, 255)) if at not in range(4, 16) else 0x80 * (at % 4 == 0) or 1
    path.write_bytes(octets)
    with pytest.raises(KeysteadError):
        load_or_create(path, seal)
    assert path.read_bytes() == octets


@pytest.mark.parametrize("numbers", [(4_194_305, 1, 1), (16, 101, 1), (16, 0, 1), (8192, 1, 65), (7, 1, 1)])
def test_a_stored_cost_beyond_all_limits_is_refused(numbers: tuple[int, int, int]) -> None:
    parameters = b"".join(number.to_bytes(4, "big") for number in numbers) + bytes(16)
    with pytest.raises(SealError, match="was changed"):
        spoken("correct horse battery").resume(parameters)


def test_an_old_master_key_is_opened_with_the_cost_it_was_sealed_with(path: Path) -> None:
    master = create(path, spoken("correct horse battery"))
    dearer = Argon2Cost(memory_kib=32, passes=2, lanes=2)
    assert load(path, PassphraseSeal(KeyMaterial(b"correct horse battery"), dearer)) == master


def test_the_default_cost_is_above_the_published_recommendations() -> None:
    # RFC 9106 section 4, second choice: 64 MiB, 3 passes, 4 lanes; OWASP: 46 MiB and 1 pass.
    assert DEFAULT_COST.memory_kib >= 65_536
    assert DEFAULT_COST.passes >= 3
    assert DEFAULT_COST.lanes >= 4


@pytest.mark.parametrize("words", ["", "eleven char"])
def test_a_short_passphrase_seals_nothing(path: Path, words: str) -> None:
    with pytest.raises(SealError, match="too short"):
        load_or_create(path, spoken(words))
    assert not path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff" * 64, b"0 " * 32, b"00 " * 32]
)
def test_a_key_file_that_holds_no_key_is_refused_and_not_quoted(path: Path, content: bytes) -> None:
    key_file = path.with_name("seal.key")
    key_file.write_bytes(content)
    key_file.chmod(0o600)
    with pytest.raises(SealError, match="64 hexadecimal digits") as caught:
        load_or_create(path, FileSeal(key_file))
    assert caught.value.__cause__ is None
    assert not path.exists()


def test_a_key_file_made_by_a_person_is_used(path: Path) -> None:
    key_file = path.with_name("seal.key")
    key_file.write_text("0F" * 32)
    key_file.chmod(0o600)
    assert FileSeal(key_file).begin() == (b"", KeyMaterial(b"\x0f" * 32))


@pytest.mark.parametrize("which", ["seal.key", "master.sealed"])
def test_a_file_that_others_may_read_is_refused(path: Path, which: str) -> None:
    seal = FileSeal(path.with_name("seal.key"))
    create(path, seal)
    path.with_name(which).chmod(0o640)
    with pytest.raises(UnsafeFile, match="chmod 600"):
        load_or_create(path, seal)


def test_a_later_format_and_unknown_parameters_are_refused(path: Path) -> None:
    seal = FileSeal(path.with_name("seal.key"))
    create(path, seal)
    path.write_bytes(b"\x02" + path.read_bytes()[1:])
    with pytest.raises(SealError, match="no sealed master key of Keystead"):
        load_or_create(path, seal)
    with pytest.raises(SealError, match="no parameters"):
        seal.resume(b"\x00")


def test_a_missing_folder_is_no_new_beginning(path: Path) -> None:
    with pytest.raises(UnsafeFile, match="mounted"):
        load_or_create(path.parent / "volume" / "master.sealed", spoken("correct horse battery"))


def test_who_comes_second_does_not_overwrite(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = spoken("correct horse battery")

    def nothing_there_yet(_path: Path, _seal: Seal) -> KeyMaterial:
        raise FileNotFoundError

    first = create(path, seal)
    with monkeypatch.context() as patch:
        patch.setattr(master_key, "load", nothing_there_yet)
        with pytest.raises(SealError, match="exists already"):
            load_or_create(path, seal)
    assert load(path, seal) == first


def test_another_process_opens_it(path: Path) -> None:
    seal = FileSeal(path.with_name("seal.key"))
    master = create(path, seal)
    program = (
        "import sys, pathlib\n"
        "from keystead.units.master_key import load\n"
        "from keystead.units.seals import FileSeal\n"
        "from keystead.crypto.sealing import Sealer\n"
        "print(Sealer(load(pathlib.Path(sys.argv[1]), FileSeal(pathlib.Path(sys.argv[2])))).id.hex())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path, seal.path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == Sealer(master).id.hex()
