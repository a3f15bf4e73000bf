"""A log of nine events, seven of them signed, and a certificate."""

from pathlib import Path

import pytest

from e2e.places import write_certificate
from keystead.export.batches import Source
from unit.audit.sample import SIGNER, written


@pytest.fixture
def source(tmp_path: Path) -> Source:
    written(tmp_path / "log", 7, unsigned=2)
    return Source(tmp_path / "log", SIGNER.public)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``server.pem``, ``server.key`` and ``ca.pem``."""
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder, ("127.0.0.1",))
    return folder
