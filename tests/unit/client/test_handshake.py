import base64
from collections.abc import Callable

import pytest

from keystead.client import handshake
from keystead.client.errors import RemoteError
from keystead.client.handshake import InMemory, Step
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.domain.import_tokens import ImportAlgorithm
from keystead.domain.material import KeyMaterial
from unit.client.fake_key_protect import FakeKeyProtect, b64, hybrid_pem, rsa_pem

CANARY = b"canary material for the import!!"
ALGORITHMS = list(ImportAlgorithm)


def forms(octets: bytes) -> list[bytes]:
    return [octets, octets.hex().encode(), base64.b64encode(octets)]


@pytest.mark.parametrize("size", [16, 24, 32])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_server_gets_the_owners_material(
    fake: FakeKeyProtect, kms: KeyProtect, algorithm: ImportAlgorithm, size: int
) -> None:
    material = KeyMaterial(CANARY[:size])
    steps: list[Step] = []
    key = handshake.create(kms, InMemory(material), algorithm, NewKey(name="mine"), steps.append)
    assert fake.keys[key["id"]].materials == [material]
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    assert fake.paths()[1:] == ["POST /api/v2/import_token", "GET /api/v2/import_token", "POST /api/v2/keys"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_material_is_in_no_request_and_no_step(
    fake: FakeKeyProtect, kms: KeyProtect, algorithm: ImportAlgorithm
) -> None:
    steps: list[Step] = []
    handshake.create(kms, InMemory(KeyMaterial(CANARY)), algorithm, NewKey(name="mine"), steps.append)
    said = [request.body for request in fake.seen] + [step.says.encode() for step in steps]
    assert not [form for form in forms(CANARY) for octets in said if form in octets]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_rotation_brings_new_material(
    fake: FakeKeyProtect, kms: KeyProtect, algorithm: ImportAlgorithm
) -> None:
    old, new = KeyMaterial(CANARY), KeyMaterial(CANARY[::-1])
    key = handshake.create(kms, InMemory(old), algorithm, NewKey(name="mine"), lambda _: None)["id"]
    handshake.rotate(kms, InMemory(new), algorithm, key, lambda _: None)
    assert fake.keys[key].materials == [old, new]


def test_the_dialects_differ_as_the_spec_says(fake: FakeKeyProtect, kms: KeyProtect) -> None:
    uploads = []
    for algorithm in ALGORITHMS:
        handshake.create(kms, InMemory(KeyMaterial(CANARY)), algorithm, NewKey(name="mine"), lambda _: None)
        uploads.append(fake.seen[-1].json["resources"][0])
    sizes = [
        [len(base64.b64decode(u[name])) for name in ("payload", "encryptedNonce", "iv")] for u in uploads
    ]
    assert sizes == [[512, 28, 12], [512, 16, 16], [1168, 28, 12]]
    assert [upload["extractable"] for upload in uploads] == [False] * 3
    assert [upload["encryptionAlgorithm"] for upload in uploads] == [
        "RSAES_OAEP_SHA_256",
        "RSAES_OAEP_SHA_1",
        "HPKE_MLKEM768_X25519",
    ]


BAD_TOKENS: dict[str, tuple[ImportAlgorithm, Callable[[], bytes], bytes]] = {
    "no key": (ImportAlgorithm.OAEP_SHA_256, lambda: b"nothing", bytes(12)),
    "RSA key for the hybrid form": (ImportAlgorithm.HYBRID, rsa_pem, bytes(12)),
    "hybrid key for RSA": (ImportAlgorithm.OAEP_SHA_256, hybrid_pem, bytes(12)),
    "no nonce": (ImportAlgorithm.OAEP_SHA_256, rsa_pem, b""),
    "endless nonce": (ImportAlgorithm.OAEP_SHA_256, rsa_pem, bytes(1000)),
}


@pytest.mark.parametrize("case", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_token_that_does_not_fit_stops_before_the_upload(
    fake: FakeKeyProtect, kms: KeyProtect, case: tuple[ImportAlgorithm, Callable[[], bytes], bytes]
) -> None:
    algorithm, pem, nonce = case
    body = f'{{"payload":"{b64(pem())}","nonce":"{b64(nonce)}"}}'.encode()
    fake.answers["GET", "/api/v2/import_token"] = (200, body)
    with pytest.raises(RemoteError) as caught:
        handshake.create(kms, InMemory(KeyMaterial(CANARY)), algorithm, NewKey(name="mine"), lambda _: None)
    assert caught.value.reason == "ANSWER_UNREADABLE"
    assert fake.paths()[-1] == "GET /api/v2/import_token"
