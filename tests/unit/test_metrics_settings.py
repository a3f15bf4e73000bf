"""Metrics are served where the settings say so, and never to everybody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from e2e.places import settled
from keystead.config import SettingsError
from keystead.crypto.certificates import make_authority
from keystead.metrics import prepare_metrics
from keystead.settings_file import read_settings

AUTHORITY = 'metrics_client_authority = "monitoring.pem"\n'
GOOD = {
    "none": "",
    "loopback": 'metrics_listen = "127.0.0.1:9464"\n',
    "another loopback": 'metrics_listen = "127.8.9.1:0"\n',
    "loopback, IPv6": 'metrics_listen = "[::1]:9464"\n',
    "loopback with certificates": 'metrics_listen = "127.0.0.1:9464"\n' + AUTHORITY,
    "every interface with certificates": 'metrics_listen = "0.0.0.0:9464"\n' + AUTHORITY,
    "every interface with certificates, IPv6": 'metrics_listen = "[::]:9464"\n' + AUTHORITY,
}
BAD = {
    "every interface": 'metrics_listen = "0.0.0.0:0"\n',
    "another interface": 'metrics_listen = "192.0.2.1:9464"\n',
    "every interface, IPv6": 'metrics_listen = "[::]:9464"\n',
    "mapped": 'metrics_listen = "[::ffff:192.0.2.1]:9464"\n',
    "a name": 'metrics_listen = "localhost:9464"\n',
    "no port": 'metrics_listen = "127.0.0.1"\n',
    "no address": 'metrics_listen = ":9464"\n',
    "no number": 'metrics_listen = "127.0.0.1:http"\n',
    "no ASCII number": 'metrics_listen = "127.0.0.1:\u0669\u0664"\n',
    "negative": 'metrics_listen = "127.0.0.1:-1"\n',
    "large port": 'metrics_listen = "127.0.0.1:65536"\n',
    "huge port": f'metrics_listen = "127.0.0.1:{"9" * 5000}"\n',
    "empty": 'metrics_listen = ""\n',
    "no such authority": 'metrics_listen = "127.0.0.1:0"\nmetrics_client_authority = "none.pem"\n',
    "no certificate": 'metrics_listen = "127.0.0.1:0"\nmetrics_client_authority = "server.key"\n',
}


def prepared(folder: Path, text: str) -> None:
    authority = make_authority("monitoring", datetime.now(UTC))
    (folder / "monitoring.pem").write_bytes(authority.certificate_pem)
    place = settled(folder, "keystead", more=text)
    prepare_metrics(read_settings(place.config("keystead"), {}))


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_may_be_said(tmp_path: Path, text: str) -> None:
    prepared(tmp_path, text)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="metrics_") as caught:
        prepared(tmp_path, text)
    assert "\n" not in str(caught.value)
