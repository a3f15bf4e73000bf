"""Calls that this server leaves out answer a plain 404, whoever asks, in whatever way, and nothing happens.

Source: ``spec/kms-api.md`` section 2.16, where a server without migration intents "should answer 404", and
governance and the list of an instance's addresses are optional; section 2.17, Dedicated's crypto units, which
a standard instance has not. The second spelling of the first is that of ``spec/iam-and-provisioning.md``.
"""

from collections.abc import Mapping

import pytest

from servers import Server
from wire.generated import Generated, only
from wire.raw import connected

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CRYPTO_UNITS = (  # below the root of the catalog, and refused as what is not in it
    "/api/v1/cryptounits",
    "/api/v1/cryptounits/claim",
    "/api/v1/crypto_units/0/zeroize",
    "/api/v1/cryptouser/metadata",
)
PATHS = (
    "/api/v2/keys/{key}/migrationIntent",
    "/api/v2/keys/{key}/migration_intent",
    "/governance/v1/configs?config_request_id=c1&resource_kind=instance",
    *CRYPTO_UNITS,
)
BODY = b'{"metadata":{"collectionTotal":1},"resources":[{"targetCRK":"crn:v1:x"}]}'
ERROR = {
    "metadata": {"collectionType": "application/vnd.ibm.kms.error+json", "collectionTotal": 1},
    "resources": [{"errorMsg": "Not Found: No such path"}],
}


@pytest.fixture(scope="module")
def callers(server: Server, service_token: str) -> Mapping[str, str]:
    """Tokens by who has them: nobody, the owner, and a service with the role Reader."""
    with server.client() as client:
        owner = client.headers["authorization"]
    return {"nobody": "", "owner": owner, "service": f"Bearer {service_token}"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("caller", ["nobody", "owner", "service"])
def test_a_call_that_is_left_out(
    server: Server, sdk: Generated, callers: Mapping[str, str], path: str, caller: str
) -> None:
    key = sdk.create("left alone")["id"]
    before = only(sdk.on("get_key_metadata", key))
    token = callers[caller]
    headers = {
        "bluemix-instance": server.instance,
        "instance-id": server.instance,
        "crypto-unit-id": "0",
        "correlation-id": "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11",
        **({"authorization": token} if token else {}),
    }
    with connected(server, headers) as raw:
        for method in METHODS:
            body = BODY if method in ("POST", "PUT", "PATCH") else None
            answer = raw.send(method, path.format(key=key, instance=server.instance), body)
            assert answer.status == (405 if path == CRYPTO_UNITS[0] and method != "GET" else 404), method
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["correlation-id"] == headers["correlation-id"]
            if method != "HEAD" and path in CRYPTO_UNITS:
                assert answer.json["error_code"].startswith("RC-")
            elif method != "HEAD":
                assert answer.json == ERROR
    assert only(sdk.on("get_key_metadata", key)) == before
