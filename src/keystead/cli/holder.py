"""Options that say where a person's own key material is, and how it travels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from keystead.cli.output import note
from keystead.client import key_file, pkcs11_uri
from keystead.client.errors import BadInput
from keystead.client.handshake import Holder, InMemory
from keystead.client.key_file import Encoding, KeyFile
from keystead.domain.import_tokens import ImportAlgorithm
from keystead.domain.material import KeyMaterial

KeyFileOption = Annotated[
    str | None,
    typer.Option("--key-file", help="Your key material: 16, 24 or 32 octets; - for standard input."),
]
KeyFilesOption = Annotated[
    list[str],
    typer.Option(
        "--key-file", help="Your key material; give it again for each version; - for standard input."
    ),
]
URIOption = Annotated[
    str | None,
    typer.Option(
        "--pkcs11-uri",
        help="Material in your HSM: pkcs11:token=T;object=O?module-path=/path/module.so&pin-source=/path/pin",
    ),
]
EncodingOption = Annotated[
    Encoding,
    typer.Option(help="How the key file is written; auto takes hexadecimal, then base64, then raw octets."),
]
HPCSOption = Annotated[bool, typer.Option("--hpcs", help="RSA-OAEP with SHA-1 and AES-CBC, as HPCS wants.")]
PostQuantumOption = Annotated[
    bool, typer.Option("--post-quantum", help="X25519 and ML-KEM-768 together; needs a Keystead server.")
]


def algorithm(*, hpcs: bool, post_quantum: bool) -> ImportAlgorithm:
    """Return how the material is encrypted; `BadInput` for both options at once."""
    if hpcs and post_quantum:
        raise BadInput("--hpcs and --post-quantum exclude each other; give one of them")
    if post_quantum:
        return ImportAlgorithm.HYBRID
    return ImportAlgorithm.OAEP_SHA_1 if hpcs else ImportAlgorithm.OAEP_SHA_256


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds the material, and what there is to say of it once something is done with it.

    A command that is refused before says that alone, in one line.
    """

    owner: Holder
    says: list[str]

    def note(self, text: str) -> None:
        """Tell *text*; the first time, after what there is to say of the material."""
        while self.says:
            note(self.says.pop(0))
        note(text)


@contextmanager
def holder(file: str | None, encoding: Encoding, uri: str | None) -> Iterator[Held]:
    """Yield who holds the material that *file* or *uri* names; `BadInput` unless it is exactly one."""
    if (file is None) == (uri is None):
        raise BadInput("give either --key-file FILE or --pkcs11-uri URI")
    if file is not None:
        found = key_file.read(file, encoding)
        yield Held(InMemory(found.material), _said(file, found))
        return
    from keystead.client import hsm  # noqa: PLC0415 - loads the PKCS #11 library, which few need

    with hsm.opened(pkcs11_uri.read(uri or "")) as owner:
        yield Held(owner, [])


def readable(held: Held) -> KeyMaterial:
    """Return the material itself; `BadInput` where an HSM keeps it."""
    if not isinstance(held.owner, InMemory):
        raise BadInput(
            "the HSM does not give this key out (CKA_SENSITIVE is true), so nothing can be opened with it "
            "here; verify with --key-file, where you keep a copy"
        )
    return held.owner.material


def material(file: str, encoding: Encoding) -> KeyMaterial:
    """Read a key file; tells on standard error how it was read, and warns if others can read it."""
    found = key_file.read(file, encoding)
    for line in _said(file, found):
        note(line)
    return found.material


def _said(file: str, found: KeyFile) -> list[str]:
    read = f"key file {file}: {len(found.material) * 8} bits, read as {found.encoding.value}"
    return [*([f"warning: {found.warning}"] if found.warning else []), read]
