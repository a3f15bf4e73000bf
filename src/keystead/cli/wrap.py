"""`keystead wrap` and `keystead unwrap`."""

import base64
import binascii
import sys
from typing import Annotated

import typer

from keystead.cli.output import Output, OutputOption, note, show
from keystead.cli.session import session
from keystead.client.errors import BadInput
from keystead.domain.material import KeyMaterial

KeyArgument = Annotated[str, typer.Argument(help="Id or alias of the root key.")]
CiphertextOption = Annotated[str, typer.Option(help="What wrap returned; - for standard input.")]
AADOption = Annotated[
    list[str] | None, typer.Option(help="Text that must be given again to unwrap; may be repeated.")
]

_MAX_TEXT = 1024 * 1024
_FIELDS = {
    "Ciphertext": "ciphertext",
    "Plaintext": "plaintext",
    "Version": "keyVersion",
}


def wrap(
    key: KeyArgument,
    plaintext: Annotated[
        str | None, typer.Option(help="DEK in base64; - for standard input; without it the server makes one.")
    ] = None,
    aad: AADOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Wrap a DEK with a root key."""
    dek = None if plaintext is None else _dek(text_or_stdin(plaintext, "the plaintext"))
    with session() as kms:
        answer = kms.wrap(key, dek, aad or ())
    result = {"ciphertext": answer.ciphertext, "keyVersion": {"id": answer.version}}
    if answer.made is not None:
        result["plaintext"] = text_of(answer.made)
    show(result, _FIELDS, output)


def unwrap(
    key: KeyArgument,
    ciphertext: CiphertextOption,
    aad: AADOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Unwrap a DEK with a root key; prints it in base64."""
    with session() as kms:
        answer = kms.unwrap(key, text_or_stdin(ciphertext, "the ciphertext"), aad or ())
    result = {"plaintext": text_of(answer.dek), "keyVersion": {"id": answer.version}}
    if answer.rewrapped is not None:
        note("an older version had wrapped this DEK; keep the new ciphertext instead of the old one")
        result["ciphertext"] = answer.rewrapped
    show(result, _FIELDS, output)


def text_or_stdin(option: str, name: str) -> str:
    """Return *option*, or the text on standard input for ``-``; `BadInput` when there is none."""
    text = (sys.stdin.buffer.read(_MAX_TEXT).decode("ascii", "replace") if option == "-" else option).strip()
    if not text:
        raise BadInput(f"{name} is empty; give base64 text")
    return text


def text_of(dek: KeyMaterial) -> str:
    """Return a DEK as the base64 text that was asked for."""
    return base64.b64encode(dek.reveal()).decode()


def _dek(text: str) -> KeyMaterial:
    try:
        return KeyMaterial(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise BadInput("the plaintext is not base64; give the DEK in base64") from None
