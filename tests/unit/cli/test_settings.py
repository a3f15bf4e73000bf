from pathlib import Path

import pytest

from keystead.cli import config, settings
from keystead.cli.config import Config
from keystead.client.errors import BadInput
from keystead.domain.material import KeyMaterial
from unit.client.fake_key_protect import API_KEY, INSTANCE

OTHER_INSTANCE = INSTANCE.replace("2", "3")
KEPT = Config(
    url="https://kept:1",
    iam_url="https://iam:2",
    ca_file="/kept/ca.pem",
    instance=INSTANCE,
    token="kept-token",
    expires_at=1000.0,
    api_key_file=None,
)
IBM = {
    "KP_TARGET_ADDR": "https://eu-de.kms.cloud.ibm.com",
    "IBMCLOUD_API_KEY": "ibm-key",
    "KP_INSTANCE_ID": INSTANCE,
}
OURS = {"KEYSTEAD_URL": "https://ours:3", "KEYSTEAD_API_KEY": API_KEY, "KP_INSTANCE_ID": OTHER_INSTANCE}


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    config.write(tmp_path / "login.json", KEPT)
    return {"KEYSTEAD_CONFIG": str(tmp_path / "login.json")}


@pytest.fixture
def empty(tmp_path: Path) -> dict[str, str]:
    return {"KEYSTEAD_CONFIG": str(tmp_path / "none.json")}


def test_the_login_file_alone_is_enough(kept: dict[str, str]) -> None:
    found = settings.load(kept)
    assert found.place == settings.Place(
        url="https://kept:1", iam_url="https://iam:2", ca_file=Path("/kept/ca.pem")
    )
    assert found.instance == INSTANCE
    assert found.token is not None
    assert (found.token.text, found.token.expires_at) == (KeyMaterial(b"kept-token"), 1000.0)


def test_the_environment_wins_over_the_login_file(kept: dict[str, str]) -> None:
    found = settings.load(kept | OURS)
    assert found.place == settings.Place(url="https://ours:3", iam_url="https://ours:3", ca_file=None)
    assert (found.instance, found.token, found.api_key) == (
        OTHER_INSTANCE,
        None,
        KeyMaterial(API_KEY.encode()),
    )


def test_a_token_never_goes_to_another_server(kept: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="no API key"):
        settings.load(kept | {"KEYSTEAD_URL": "https://ours:3", "KP_INSTANCE_ID": INSTANCE})


def test_the_same_server_may_be_named_again(kept: dict[str, str]) -> None:
    assert settings.load(kept | {"KEYSTEAD_URL": "https://kept:1/"}).token is not None


def test_ibms_variables_are_enough_for_ibms_service(empty: dict[str, str]) -> None:
    found = settings.load(empty | IBM)
    assert found.place.url == "https://eu-de.kms.cloud.ibm.com"
    assert found.place.iam_url == "https://iam.cloud.ibm.com"
    assert found.api_key == KeyMaterial(b"ibm-key")
    named = settings.load(empty | IBM | {"IBMCLOUD_IAM_API_ENDPOINT": "https://iam.test.cloud.ibm.com/"})
    assert named.place.iam_url == "https://iam.test.cloud.ibm.com"


def test_ibms_variables_come_last(kept: dict[str, str]) -> None:
    found = settings.load(kept | IBM | OURS)
    assert (found.place.url, found.place.iam_url) == ("https://ours:3", "https://ours:3")
    assert settings.load(kept | IBM).place.url == "https://kept:1"


@pytest.mark.parametrize(
    ("url", "iam_url"),
    [
        ("https://eu-de.kms.cloud.ibm.com", "https://iam.cloud.ibm.com"),
        ("https://x.api.eu-de.hs-crypto.appdomain.cloud", "https://iam.cloud.ibm.com"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
        ("https://cloud.ibm.com.example.org", "https://cloud.ibm.com.example.org"),
    ],
)
def test_where_tokens_come_from(url: str, iam_url: str) -> None:
    assert settings.default_iam(url) == iam_url


@pytest.mark.parametrize("missing", list(OURS))
def test_what_is_missing_is_named(empty: dict[str, str], missing: str) -> None:
    environment = {name: value for name, value in OURS.items() if name != missing}
    with pytest.raises(BadInput, match=missing):
        settings.load(empty | environment)


@pytest.mark.parametrize("text", ["x", "2f9b6c1e", INSTANCE + "0", "../" + INSTANCE])
def test_an_instance_is_a_uuid(empty: dict[str, str], text: str) -> None:
    with pytest.raises(BadInput, match="KP_INSTANCE_ID"):
        settings.load(empty | OURS | {"KP_INSTANCE_ID": text})


def test_a_malformed_api_key_is_not_shown(empty: dict[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        settings.load(empty | OURS | {"KEYSTEAD_API_KEY": "canary\nsecond line"})
    assert "canary" not in str(caught.value)


def test_the_file_is_private_and_must_stay_so(kept: dict[str, str]) -> None:
    file = Path(kept["KEYSTEAD_CONFIG"])
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        settings.load(kept)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"url":1}'])
def test_a_damaged_file_is_refused(kept: dict[str, str], content: bytes) -> None:
    Path(kept["KEYSTEAD_CONFIG"]).write_bytes(content)
    with pytest.raises(BadInput, match="keystead login"):
        settings.load(kept)


def test_where_the_file_is() -> None:
    assert config.path({"KEYSTEAD_CONFIG": "/a"}) == Path("/a")
    assert config.path({"XDG_CONFIG_HOME": "/x"}) == Path("/x/keystead/login.json")
    assert config.path({"HOME": "/h"}) == Path("/h/.config/keystead/login.json")


def test_a_config_does_not_show_its_token() -> None:
    assert "kept-token" not in repr(KEPT)
