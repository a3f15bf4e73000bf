from collections.abc import Iterator

import pytest

from keystead.client.key_protect import KeyProtect
from unit.client.fake_key_protect import FakeKeyProtect, connected, serving


@pytest.fixture
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeKeyProtect]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def kms(fake: FakeKeyProtect) -> Iterator[KeyProtect]:
    with connected(fake) as session:
        yield session
