"""A service on each store, for a whole file of questions."""

import functools
from collections.abc import Iterator

import pytest

from fuzz.judge import Bench
from keystead.crypto import oaep
from keystead.domain.material import KeyMaterial
from postgres import postgres_cluster  # noqa: F401 - a fixture


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("fuzz")
    match request.param:
        case "sqlite":
            database = f"sqlite:///{folder / 'keystead.db'}"
        case "postgres":
            database = request.getfixturevalue("postgres_cluster").fresh()
        case _:
            database = "memory:"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keystead.units.software._rsa_pair", _pair)
        bench = Bench.open(folder, database)
        try:
            yield bench
        finally:
            bench.close()


@functools.cache
def _pair() -> tuple[KeyMaterial, bytes]:
    """Return the same pair of RSA-4096 each time: to make one takes half a second."""
    pair = oaep.generate()
    return pair, oaep.public_pem(pair)
