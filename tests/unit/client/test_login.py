import pytest

from keystead.client.errors import BadInput, RemoteError
from keystead.client.login import AccessToken, ApiKeyLogin, KeptToken
from keystead.client.transport import Transport
from keystead.domain.material import KeyMaterial
from unit.client.fake_key_protect import API_KEY, TOKEN, FakeKeyProtect

SECRET = KeyMaterial(API_KEY.encode())


def test_a_token_is_fetched_once_and_again_before_it_ends(fake: FakeKeyProtect) -> None:
    now = 1000.0
    with Transport(fake.ca_file) as transport:
        login = ApiKeyLogin(transport, fake.url, SECRET, lambda: now)
        assert login.bearer() == KeyMaterial(TOKEN.encode())
        now += 3600 - 61
        login.bearer()
        assert fake.paths() == ["POST /identity/token"]
        now += 2
        login.bearer()
    assert len(fake.seen) == 2


def test_the_request_is_the_one_sdks_send(fake: FakeKeyProtect) -> None:
    fake.answers["POST", "/identity/token"] = (200, b'{"access_token":"t","expires_in":3600}')
    with Transport(fake.ca_file) as transport:
        ApiKeyLogin(transport, fake.url, KeyMaterial(b"a+b&c=d")).exchange()
    request = fake.seen[0]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    grant = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey"
    assert request.body.decode() == f"{grant}&apikey=a%2Bb%26c%3Dd&response_type=cloud_iam"


def test_an_unknown_api_key_is_refused_with_iams_code(fake: FakeKeyProtect) -> None:
    with Transport(fake.ca_file) as transport, pytest.raises(RemoteError) as caught:
        ApiKeyLogin(transport, fake.url, KeyMaterial(b"other")).bearer()
    assert caught.value.reason == "BXNIM0415E"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"access_token":7}', b'{"access_token":"a\\nb"}', b'{"access_token":"\xc3\xa9"}']
)
def test_what_is_no_token_is_not_used(fake: FakeKeyProtect, body: bytes) -> None:
    fake.answers["POST", "/identity/token"] = (200, body)
    with Transport(fake.ca_file) as transport, pytest.raises(RemoteError) as caught:
        ApiKeyLogin(transport, fake.url, SECRET).bearer()
    assert caught.value.reason == "ANSWER_UNREADABLE"


def test_a_kept_token_runs_out() -> None:
    token = AccessToken(KeyMaterial(b"t"), expires_at=1000)
    assert KeptToken(token, lambda: 939).bearer() == KeyMaterial(b"t")
    with pytest.raises(BadInput, match="keystead login"):
        KeptToken(token, lambda: 941).bearer()
