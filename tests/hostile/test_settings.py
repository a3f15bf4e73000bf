"""Settings out of range are named; what is missing is not made anew; what was opened is closed."""

import asyncio
from pathlib import Path

import pytest

from api import FakeClock, open_api, with_api
from keystead.app import open_service
from keystead.config import Settings, SettingsError
from keystead.settings_file import read_settings
from servers import run

BAD = {
    "port": "port = 99999",
    "node": 'node = "../x"',
    "token_seconds": "token_seconds = 5",
    "connections_per_address": "connections_per_address = 0",
    "requests_per_second": "requests_per_second = 0",
    "enable_after": "waits = {enable_after = -1}",
    "rotate_every": "waits = {rotate_every = 99999999999999999999}",
    "purge_at": "waits = {purge_at = 400000000}",
    "ports": "ports = 1",
    "public_url": 'public_url = "https://keys.example.com/"',
    "private_url": 'private_url = "https://private.keys.example.com/api"',
}


@pytest.mark.parametrize("name", BAD)
def test_a_setting_out_of_range(tmp_path: Path, name: str) -> None:
    (tmp_path / "keystead.toml").write_text(f'data = "data"\n{BAD[name]}\n')
    done = run("serve", folder=tmp_path)
    assert (done.returncode, done.stdout.count("Traceback")) == (1, 0)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("keystead: ")]
    assert f"`$.{name}`" in line or f".{name}`" in line or f"`{name}`" in line, line
    assert [path.name for path in tmp_path.iterdir()] == ["keystead.toml"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "keys.example.com",
        "ftp://keys.example.com",
        "https://",
        "https://a/api",
        "https://a b",
        "https://a\n",
    ],
)
def test_a_public_url_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        read_settings(None, {"KEYSTEAD_SERVER_DATA": str(tmp_path), "KEYSTEAD_SERVER_PUBLIC_URL": url})


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ({}, "https://127.0.0.1:8443"),
        ({"port": 9000, "host": "keys.example.com"}, "https://keys.example.com:9000"),
        ({"host": "::1"}, "https://[::1]:8443"),
        ({"host": "0.0.0.0"}, "https://localhost:8443"),  # noqa: S104 - an argument
        ({"host": "::"}, "https://localhost:8443"),
        ({"host": "::", "public_url": "http://10.0.0.7:80"}, "http://10.0.0.7:80"),
        ({"public_url": "https://[2001:db8::1]:443"}, "https://[2001:db8::1]:443"),
    ],
)
def test_rc_9_where_clients_reach_the_server(
    tmp_path: Path, given: dict[str, int | str], endpoint: str
) -> None:
    environment = {f"KEYSTEAD_SERVER_{name.upper()}": str(value) for name, value in given.items()}
    settings = read_settings(None, {"KEYSTEAD_SERVER_DATA": str(tmp_path), **environment})
    assert settings.endpoint == endpoint


@pytest.mark.parametrize(
    ("given", "private"),
    [
        ({}, None),
        ({"private_listen": "10.0.0.5:8444"}, "https://10.0.0.5:8444"),
        ({"private_listen": "[::1]:8444"}, "https://[::1]:8444"),
        (
            {"private_listen": "10.0.0.5:8444", "private_url": "https://private.example"},
            "https://private.example",
        ),
        ({"private_url": "https://private.example:8444"}, "https://private.example:8444"),
    ],
)
def test_where_clients_reach_the_private_endpoint(
    tmp_path: Path, given: dict[str, str], private: str | None
) -> None:
    environment = {f"KEYSTEAD_SERVER_{name.upper()}": value for name, value in given.items()}
    endpoints = read_settings(None, {"KEYSTEAD_SERVER_DATA": str(tmp_path), **environment}).endpoints
    assert (endpoints.own_private, endpoints.has_private) == (private, private is not None)
    assert endpoints.private == (private or endpoints.public) == (private or "https://127.0.0.1:8443")


@pytest.mark.parametrize("place", ["8444", "keys.example.com:8444", "10.0.0.5", "10.0.0.5:70000"])
def test_a_private_listener_that_is_none(tmp_path: Path, place: str) -> None:
    (tmp_path / "keystead.toml").write_text(f'data = "data"\nport = 0\nprivate_listen = "{place}"\n')
    done = run("serve", folder=tmp_path)
    assert (done.returncode, "private_listen" in done.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["keystead.toml"]


def test_a_setting_of_the_environment(tmp_path: Path) -> None:
    done = run("serve", folder=tmp_path, environment={"KEYSTEAD_SERVER_PORT": "99999"})
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_of_dev(tmp_path: Path, port: str) -> None:
    done = run("dev", "--data", "data", "--port", port, folder=tmp_path)
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_log_without_its_key(tmp_path: Path) -> None:
    with_api(tmp_path, nothing, database=None)
    file = tmp_path / "unit" / "audit-local.key"
    kept = file.read_bytes()
    file.unlink()
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"audit-local\.key is missing"):
            asyncio.run(opened(tmp_path))
        assert not file.exists()
    file.write_bytes(kept)
    file.chmod(0o600)
    asyncio.run(opened(tmp_path))


async def nothing(api: object) -> None:
    """Open and close."""


async def opened(folder: Path) -> None:
    await (await open_service(Settings(data=folder), FakeClock())).close()


def test_everything_is_closed_when_the_log_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> list[str]:
        service, closed = (await open_api(tmp_path, database=None)).service, list[str]()
        for name in ("log", "store", "unit"):
            part = getattr(service, name)

            async def close(name: str = name, close: object = part.close) -> None:
                closed.append(name)
                await close()  # type: ignore[operator]
                raise OSError(f"{name} failed")

            monkeypatch.setattr(type(part), "close", lambda _, close=close: close())
        with pytest.raises(OSError, match="unit failed"):
            await service.close()
        return closed

    assert asyncio.run(story()) == ["log", "store", "unit"]
