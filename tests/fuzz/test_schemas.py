"""Schemathesis over every route, from the document that the server serves, with valid credentials.

Nothing breaks, every answer is described (`described.check_described`), a refusal changes nothing, and what
the document calls valid is not refused for its form.
"""

from collections.abc import Sequence
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET

from described import DOCUMENT
from fuzz.judge import Bench
from fuzz.leniency import accepts
from http_peer import Answer
from keystead.protocols.http.routes import Route
from keystead.protocols.routes import DESCRIBED

_EXAMPLES = 6  # of each mode
BUCKET = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"
_OF_ITS_FORM = {"BAD_BODY_ERR", "NO_BODY_ERR", "INVALID_FIELD_ERR", "INVALID_QUERY_PARAM_ERR"}
# What is held against more than its own form: other members, the key, the time, or a grammar of its own.
_MORE_TO_SAY = {
    "payload",
    "encryptedNonce",
    "iv",
    "encryptionAlgorithm",
    "certificate",
    "expirationDate",
    "interval_month",
    "dualAuthDelete",
    "allowed_ip",
    "keyVersionId",
    "filter",
    "search",
    "urlEncodedResourceCRNQuery",
    "cursor",
}
_ANY_ACTION = "/api/v2/keys/{key}"  # a body for one action, and the name of another
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def schema(bench: Bench) -> Any:
    answer = bench.ask("GET", "/openapi.json", b"", {})
    config = schemathesis.Config.from_dict({"generation": {"codec": "ascii"}})
    return schemathesis.openapi.from_dict(answer.json, config=config)


@pytest.mark.parametrize("mode", _MODES, ids=str)
@pytest.mark.parametrize("route", DESCRIBED, ids=lambda route: f"{route.method} {route.path}")
def test_no_question_breaks_it(bench: Bench, schema: Any, route: Route, mode: GenerationMode) -> None:
    bench.renew()
    cases = strategy(schema[route.path][route.method], route, bench.names, mode)

    @settings(max_examples=_EXAMPLES, print_blob=True)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(cases)
        answer = asked(bench, route, case)
        if answer is not None and mode is GenerationMode.POSITIVE:
            judge_form(route, answer)
        elif answer is not None and answer.status < 400:
            judge_taken(route, case)
        if route.method == "PUT" and route.path.endswith("/instance/policies"):
            bench.open_up()

    ask()


def strategy(operation: Any, route: Route, names: Sequence[str], mode: GenerationMode) -> Any:
    """Return questions about keys that are there; in the negative mode about any others as well."""
    if "{key}" not in route.path:
        return operation.as_strategy(mode)
    crn = {"crn": BUCKET} if "{crn}" in route.path else {}
    known = [operation.as_strategy(mode, path_parameters={"key": name, **crn}) for name in names]
    return st.one_of(*known, *([] if mode is GenerationMode.POSITIVE else [operation.as_strategy(mode)]))


def asked(bench: Bench, route: Route, case: Any) -> Answer | None:
    """Ask what schemathesis made up; ``None`` where no HTTP client could."""
    request = requests.Request(**case.as_transport_kwargs(base_url="http://x")).prepare()
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    assert isinstance(body, bytes)
    if not request.path_url.isascii():
        return None
    headers: dict[str, str | None] = {}
    for name, value in request.headers.items():
        headers[name] = value.decode("latin-1") if isinstance(value, bytes) else value
    ours = {"authorization": f"Bearer {bench.api.token}", "Bluemix-Instance": bench.api.instance.id}
    return bench.ask(route.method, request.path_url, body, {**headers, **ours})


def judge_form(route: Route, answer: Answer) -> None:
    """Require that a valid question is not refused for its form."""
    if (
        answer.status < 400
        or not answer.body
        or not route.path.startswith("/api")
        or route.path == _ANY_ACTION
    ):
        return
    for reason in answer.resource.get("reasons", ()):
        named = reason.get("target", {}).get("name")
        twice = "two resources" in reason["message"]
        assert reason["code"] not in _OF_ITS_FORM or named in _MORE_TO_SAY or twice, answer.body


def judge_taken(route: Route, case: Any) -> None:
    """Require that a body which was taken is described, read as leniently as the document says."""
    described = DOCUMENT["paths"][route.path][route.method.lower()].get("requestBody")
    if described is None or route.path == _ANY_ACTION or not route.path.startswith("/api"):
        return
    absent = case.body is NOT_SET or case.body is None
    assert not (absent and described["required"]), case
    if not absent:
        assert accepts(described["content"]["application/json"]["schema"], case.body), case.body
