"""`keystead byok`: bring your own key."""

import os
import sys
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from keystead.cli import holder
from keystead.cli.holder import EncodingOption, Held, HPCSOption, KeyFileOption, PostQuantumOption, URIOption
from keystead.cli.output import Output, OutputOption, show
from keystead.cli.session import session
from keystead.client import handshake, key_file, verify
from keystead.client.creatable import require_creatable
from keystead.client.errors import BadInput
from keystead.client.handshake import Report
from keystead.client.key_file import Encoding
from keystead.client.key_protect import NewKey, described
from keystead.client.new_file import new_file
from keystead.client.rotatable import require_rotatable
from keystead.crypto import random
from keystead.domain.material import KeyMaterial

app = typer.Typer(help="Bring your own key.", no_args_is_help=True, add_completion=False)

_KEY = {"Key": "id", "Name": "name", "State": "state", "CRN": "crn", "Version": "keyVersion"}


class Bits(IntEnum):
    """Sizes of a root key."""

    SMALL = 128
    MIDDLE = 192
    LARGE = 256


@app.command()
def generate(
    out: Annotated[str, typer.Option(help="New file for the material, or - for standard output.")],
    bits: Annotated[int, typer.Option(help="128, 192 or 256.")] = 256,
    encoding: Annotated[Encoding, typer.Option(help="raw, hex or base64.")] = Encoding.BASE64,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make key material of your own, in a file that only you can read; nothing is overwritten."""
    if bits not in tuple(Bits):
        raise BadInput(f"a root key has 128, 192 or 256 bits, not {bits}; change --bits")
    if encoding is Encoding.AUTO:
        raise BadInput("say how to write the material: --encoding raw, hex or base64")
    text = key_file.text_of(KeyMaterial(random.octets(bits // 8)), encoding)
    if out == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    with new_file(Path(out)) as file:
        file.write(text)
    show({"file": os.fspath(out), "bits": bits, "encoding": encoding.value}, _FILE, output)


_FILE = {"File": "file", "Bits": "bits", "Encoding": "encoding"}


@app.command()
def create(  # noqa: PLR0913, PLR0917 - one argument for each option
    name: Annotated[str, typer.Argument(help="Name of the new root key.")],
    key_file: KeyFileOption = None,
    encoding: EncodingOption = Encoding.AUTO,
    hpcs: HPCSOption = False,
    post_quantum: PostQuantumOption = False,
    pkcs11_uri: URIOption = None,
    description: Annotated[str | None, typer.Option(help="2 to 240 characters.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Second name; up to five.")] = None,
    ring: Annotated[str | None, typer.Option(help="Key ring of the new key.")] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Create a root key from your own material, encrypted on its way by the five steps of secure import."""
    how = holder.algorithm(hpcs=hpcs, post_quantum=post_quantum)
    new = described(NewKey(name=name, description=description, aliases=tuple(alias or ()), ring=ring))
    with holder.holder(key_file, encoding, pkcs11_uri) as held, session() as kms:
        require_creatable(kms, new)
        key = handshake.create(kms, held.owner, how, new, _telling(held))
    show(key, _KEY, output)


@app.command()
def rotate(
    key: Annotated[str, typer.Argument(help="Id or alias of the root key.")],
    key_file: KeyFileOption = None,
    encoding: EncodingOption = Encoding.AUTO,
    hpcs: HPCSOption = False,
    post_quantum: PostQuantumOption = False,
    pkcs11_uri: URIOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make your own new material the current version of a root key; older versions still unwrap."""
    how = holder.algorithm(hpcs=hpcs, post_quantum=post_quantum)
    with holder.holder(key_file, encoding, pkcs11_uri) as held, session() as kms:
        require_rotatable(key, kms.metadata(key), datetime.now(UTC))
        handshake.rotate(kms, held.owner, how, key, _telling(held))
        show(kms.metadata(key), _KEY, output)


@app.command("verify")
def verify_key(
    key: Annotated[str, typer.Argument(help="Id or alias of the root key.")],
    key_file: KeyFileOption = None,
    encoding: EncodingOption = Encoding.AUTO,
    pkcs11_uri: URIOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Prove that a root key's current version is your material: each side opens what the other wraps."""
    with holder.holder(key_file, encoding, pkcs11_uri) as held:
        material = holder.readable(held)
        with session() as kms:
            verify.verify(kms, key, material, held.note)
    show({"key": key, "same": True}, {"Key": "key", "Same key at server and owner": "same"}, output)


def _telling(held: Held) -> Report:
    return lambda step: held.note(f"[{step.number}/5] {step.says}")
