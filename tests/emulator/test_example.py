"""The example of docs/emulator.md: tests of a program of yours that uses Key Protect."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2

from keystead.testing import KeysteadInstance

KEY = "application/vnd.ibm.kms.key+json"
POLICY = "application/vnd.ibm.kms.policy+json"


@pytest.fixture
def kms(keystead: KeysteadInstance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """IBM's client `keyprotect` 3, pointed at an instance that nothing else uses."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", keystead.ca_file)
    client = IbmKeyProtectApiV2(authenticator=IAMAuthenticator(keystead.api_key, url=keystead.iam_url))
    client.set_service_url(keystead.url)
    yield client
    client.get_http_client().close()


def body(kind: str, **resource: object) -> dict[str, object]:
    metadata = {"collectionType": kind, "collectionTotal": 1}
    return {"metadata": metadata, "resources": [{"type": kind, **resource}]}


def create(kms: Any, instance: str) -> str:
    key = json.dumps(body(KEY, name="root", extractable=False))
    made = kms.create_key(instance, io.BytesIO(key.encode())).get_result()
    return str(made["resources"][0]["id"])


def test_restoring_in_time(keystead: KeysteadInstance, kms: Any) -> None:
    key = create(kms, keystead.instance_id)
    kms.delete_key(key, keystead.instance_id)
    keystead.advance("31d")  # key states and waiting times follow; access tokens stay as they are
    with pytest.raises(ApiException) as caught:
        kms.restore_key(key, keystead.instance_id)
    assert "KEY_RESTORE_EXPIRED" in caught.value.http_response.text


def test_a_rotation_by_policy(keystead: KeysteadInstance, kms: Any) -> None:
    key = create(kms, keystead.instance_id)
    monthly = body(POLICY, rotation={"interval_month": 1})
    kms.put_policy(key, keystead.instance_id, key_policy_put_body=monthly)
    keystead.advance("31d")  # what is due by then is done before this returns
    versions = kms.get_key_versions(key, keystead.instance_id).get_result()
    assert len(versions["resources"]) == 2


def test_when_the_service_is_busy(keystead: KeysteadInstance, kms: Any) -> None:
    key = create(kms, keystead.instance_id)
    keystead.fault("/api/v2/keys/{key}/actions/wrap", "status", method="POST", status=503, count=2)
    for _ in range(2):  # a program that tries again would do so here
        with pytest.raises(ApiException) as caught:
            kms.wrap_key(key, keystead.instance_id)
        assert caught.value.status_code == 503
    assert kms.wrap_key(key, keystead.instance_id).get_status_code() == 200


def test_when_the_answer_is_slow(keystead: KeysteadInstance, kms: Any) -> None:
    keystead.fault("/api/v2/keys", "delay", delay_seconds=0.2)
    answer = kms.get_keys(keystead.instance_id)
    assert answer.get_status_code() == 200
