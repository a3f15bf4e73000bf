"""`keystead offline`: the owner opens what was wrapped, with nothing but the key file."""

import typer

from keystead.cli import holder
from keystead.cli.files import FIELDS, InOption, OutOption, reading
from keystead.cli.holder import EncodingOption, KeyFilesOption
from keystead.cli.output import Output, OutputOption, show
from keystead.cli.wrap import AADOption, CiphertextOption, text_of, text_or_stdin
from keystead.client import envelope, offline
from keystead.client.errors import BadInput
from keystead.client.key_file import Encoding
from keystead.client.new_file import new_file
from keystead.domain.material import KeyMaterial

app = typer.Typer(
    help="Open ciphertexts and files without a server.", no_args_is_help=True, add_completion=False
)


@app.command()
def unwrap(
    ciphertext: CiphertextOption,
    key_file: KeyFilesOption,
    encoding: EncodingOption = Encoding.AUTO,
    aad: AADOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Unwrap a DEK with your own key material; prints it in base64."""
    materials = _materials(key_file, encoding, ciphertext)
    dek = offline.unwrap(materials, text_or_stdin(ciphertext, "the ciphertext"), aad or ())
    show({"plaintext": text_of(dek)}, {"Plaintext": "plaintext"}, output)


@app.command()
def decrypt(
    source: InOption,
    target: OutOption,
    key_file: KeyFilesOption,
    encoding: EncodingOption = Encoding.AUTO,
    output: OutputOption = Output.TEXT,
) -> None:
    """Decrypt a file with your own key material; the new file appears only if all of it is genuine."""
    materials = _materials(key_file, encoding)
    with reading(source) as sealed, new_file(target) as plain:
        header = envelope.decrypt(
            lambda header: offline.unwrap(materials, header.wrapped_dek, envelope.AAD), sealed, plain
        )
    show({"file": str(target), "key": header.key_id}, FIELDS, output)


def _materials(files: list[str], encoding: Encoding, *others: str) -> list[KeyMaterial]:
    if [*files, *others].count("-") > 1:
        raise BadInput("only one option can be - for standard input; give files for the others")
    return [holder.material(file, encoding) for file in files]
