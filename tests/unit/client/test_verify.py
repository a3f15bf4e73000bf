import pytest

from keystead.client import offline
from keystead.client.errors import BadInput, RemoteError
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.client.verify import verify
from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.material import KeyMaterial
from unit.client.fake_key_protect import FakeKeyProtect, b64, error

MINE, OTHER, DEK = KeyMaterial(b"m" * 32), KeyMaterial(b"o" * 16), KeyMaterial(b"d" * 24)


@pytest.fixture
def key(kms: KeyProtect) -> str:
    return str(kms.create(NewKey(name="n"), payload=MINE)["id"])


def test_both_ways_are_shown(fake: FakeKeyProtect, kms: KeyProtect, key: str) -> None:
    said: list[str] = []
    verify(kms, key, MINE, said.append)
    assert len(said) == 2
    assert fake.paths()[-2:] == [f"POST /api/v2/keys/{key}/actions/{act}" for act in ("wrap", "unwrap")]


def test_other_material_is_told_apart(kms: KeyProtect, key: str) -> None:
    with pytest.raises(BadInput, match="NOT the material"):
        verify(kms, key, OTHER, print)


def test_an_older_version_is_not_the_key_any_more(kms: KeyProtect, key: str) -> None:
    kms.rotate(key, payload=OTHER)
    with pytest.raises(BadInput, match="rotated"):
        verify(kms, key, MINE, print)
    verify(kms, key, OTHER, print)


def test_a_server_that_only_wraps_like_us_is_found_out(
    fake: FakeKeyProtect, kms: KeyProtect, key: str
) -> None:
    fake.answers["POST", f"/api/v2/keys/{key}/actions/unwrap"] = (200, b'{"plaintext":"AAAA"}')
    with pytest.raises(BadInput, match="NOT the material"):
        verify(kms, key, MINE, print)


@pytest.mark.parametrize(("status", "says"), [(422, "NOT the material"), (409, "busy")])
def test_a_server_that_does_not_open_what_the_owner_wrapped(
    fake: FakeKeyProtect, kms: KeyProtect, key: str, status: int, says: str
) -> None:
    fake.answers["POST", f"/api/v2/keys/{key}/actions/unwrap"] = (status, error("busy"))
    with pytest.raises(KeysteadError, match=says):
        verify(kms, key, MINE, print)


def test_a_foreign_ciphertext_is_explained(fake: FakeKeyProtect, kms: KeyProtect, key: str) -> None:
    body = f'{{"ciphertext":"{b64(b"opaque" * 30)}"}}'.encode()
    fake.answers["POST", f"/api/v2/keys/{key}/actions/wrap"] = (200, body)
    with pytest.raises(BadInput, match="Keystead server"):
        verify(kms, key, MINE, print)


def test_a_disabled_key_is_the_servers_refusal(kms: KeyProtect, key: str) -> None:
    kms.disable(key)
    with pytest.raises(RemoteError) as caught:
        verify(kms, key, MINE, print)
    assert caught.value.reason == "KEY_ACTION_INVALID_STATE_ERR"


def test_offline_picks_the_version_that_wrapped() -> None:
    ciphertext = offline.wrap(OTHER, DEK, ["a"])
    assert offline.unwrap([MINE, OTHER], ciphertext, ["a"]) == DEK
    with pytest.raises(BadInput, match="none of the key files"):
        offline.unwrap([MINE], ciphertext, ["a"])
    with pytest.raises(Refused):
        offline.unwrap([OTHER], ciphertext, ["b"])


@pytest.mark.parametrize("text", ["", "*", "AAAA", "é", b64(b"\x02" + bytes(200)), "A" * (1024 * 1024 + 4)])
def test_other_texts_are_no_ciphertext(text: str) -> None:
    with pytest.raises(BadInput):
        offline.blob_of(text)
