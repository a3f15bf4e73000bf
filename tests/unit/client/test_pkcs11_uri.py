from pathlib import Path

import pytest

from keystead.client import pkcs11_uri
from keystead.client.errors import BadInput
from keystead.domain.material import KeyMaterial

TAIL = "?module-path=/m.so"


def test_every_part_is_read() -> None:
    text = (
        "pkcs11:model=M%20v2;manufacturer=P;serial=12;token=a%3Bb;id=%01%FF;object=key%20one;type=secret-key"
        "?module-path=/usr/lib/m.so&pin-value=1%262"
    )
    found = pkcs11_uri.read(text)
    assert found.token == {"model": "M v2", "manufacturer": "P", "serial": "12", "token": "a;b"}
    assert (found.label, found.id, found.module) == ("key one", b"\x01\xff", "/usr/lib/m.so")
    assert found.pin == KeyMaterial(b"1&2")


@pytest.mark.parametrize("prefix", ["", "file:", "file://"])
def test_the_pin_may_be_in_a_file(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "pin").write_text("1234\n")
    found = pkcs11_uri.read(f"pkcs11:object=k{TAIL}&pin-source={prefix}{tmp_path}/pin")
    assert found.pin == KeyMaterial(b"1234")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/m.so",
        "pkcs11:",
        "pkcs11:object=k",
        f"pkcs11:token=t{TAIL}",
        f"pkcs11:object=k;object=l{TAIL}",
        f"pkcs11:object{TAIL}",
        f"pkcs11:object=k;colour=red{TAIL}",
        f"pkcs11:object=k;type=private{TAIL}",
        f"pkcs11:object=k{TAIL}&pin-source=/does/not/exist",
    ],
)
def test_other_texts_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(BadInput, match=r"form|type|pin-source"):
        pkcs11_uri.read(text)


def test_a_pin_is_never_shown() -> None:
    with pytest.raises(BadInput) as caught:
        pkcs11_uri.read("pkcs11:object=k?pin-value=canary-pin")
    assert "canary-pin" not in str(caught.value)
    assert "canary-pin" not in repr(pkcs11_uri.read(f"pkcs11:object=k{TAIL}&pin-value=canary-pin"))
