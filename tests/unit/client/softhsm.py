"""A SoftHSM2 token of a test's own.

Without SoftHSM2 the tests that need it are skipped; with ``KEYSTEAD_REQUIRE_SOFTHSM=1`` they fail instead.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass

from keystead.domain.material import KeyMaterial

PIN = "4711"
TOKEN = "keystead tests"
MATERIAL = KeyMaterial(b"canary material inside the HSM!!")
_MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
)


def module() -> Path:
    """Return where the library is; skips or fails the test without it."""
    found = next((path for path in _MODULES if path.exists()), None)
    if found is not None and shutil.which("softhsm2-util"):
        return found
    if os.environ.get("KEYSTEAD_REQUIRE_SOFTHSM") == "1":
        pytest.fail("SoftHSM2 is required and not installed (Debian package softhsm2)")
    pytest.skip("SoftHSM2 is not installed (Debian package softhsm2)")


@contextmanager
def fresh_token(folder: Path) -> Iterator[pkcs11.Token]:
    """Make a token below *folder* and yield it; this process sees no other while the block runs."""
    library_file = module()
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN]
        command += ["--pin", PIN, "--so-pin", "0815"]
        subprocess.run(command, check=True, capture_output=True)
        library = pkcs11.lib(str(library_file))
        library.reinitialize()  # whoever loaded it before had another configuration
        try:
            yield library.get_token(token_label=TOKEN)
        finally:
            library.finalize()


def store(token: pkcs11.Token, label: str, *, sensitive: bool, extractable: bool) -> str:
    """Put `MATERIAL` on the token as *label*, in place of what has that name, and return its URI."""
    template = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.LABEL: label,
        Attribute.VALUE: MATERIAL.reveal(),
        Attribute.TOKEN: True,
        Attribute.PRIVATE: True,
        Attribute.ENCRYPT: True,
        Attribute.SENSITIVE: sensitive,
        Attribute.EXTRACTABLE: extractable,
    }
    with token.open(rw=True, user_pin=PIN) as session:
        for old in session.get_objects({Attribute.LABEL: label}):
            old.destroy()
        session.create_object(template)
    return uri(label)


def uri(label: str, pin: str = PIN, name: str = TOKEN) -> str:
    """Return the URI of the key *label*."""
    return f"pkcs11:token={quote(name)};object={quote(label)}?module-path={module()}&pin-value={pin}"
