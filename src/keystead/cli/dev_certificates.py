"""The certificate of ``keystead dev``, with an authority of its own, in ``DIR/tls``."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from keystead.app import utc_now
from keystead.crypto.certificates import issue, make_authority
from keystead.units.private_files import write_private

_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the authority's certificate, the server's and its private key are; all of it is PEM."""

    authority: Path
    certificate: Path
    key: Path


def certificates(data: Path) -> CertificateFiles:
    """Return the files of the authority and the server's certificate, made at first start.

    They come into place together: two first starts at once end with one whole set.
    """
    folder = data / "tls"
    files = CertificateFiles(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not files.key.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=data, prefix=".tls-") as draft:
            _make_certificates(Path(draft) / "tls")
            with suppress(OSError):  # another start was faster; its files serve both
                (Path(draft) / "tls").rename(folder)
    return files


def _make_certificates(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    authority = make_authority("Keystead development", utc_now())
    server = issue(authority, _HOSTS, utc_now())  # the authority's own key is not kept
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    (folder / "server.pem").write_bytes(server.certificate_pem)
    write_private(folder / "server.key", server.private_key_pem.reveal())
