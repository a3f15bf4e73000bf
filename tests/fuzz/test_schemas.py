"""Schemathesis over every route, with valid credentials: nothing breaks, and a refusal changes nothing."""

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.document import document
from fuzz.judge import Bench
from keystead.app import ROUTES
from keystead.protocols.http.routes import Route

_EXAMPLES = 20


def test_the_document_has_every_route() -> None:
    described = document(ROUTES, ["x"])["paths"]
    assert {(route.method.lower(), route.path) for route in ROUTES} == {
        (method, path) for path, operations in described.items() for method in operations
    }


@pytest.mark.parametrize("bench", ["memory"], indirect=True)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_question_breaks_it(bench: Bench, route: Route) -> None:
    schema = schemathesis.openapi.from_dict(document(ROUTES, bench.names))
    cases = schema[route.path][route.method].as_strategy()

    @settings(max_examples=_EXAMPLES, print_blob=True)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        asked = requests.Request(**data.draw(cases).as_transport_kwargs(base_url="http://x")).prepare()
        body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
        assert isinstance(body, bytes)
        path = asked.path_url
        if not path.isascii():
            return
        headers: dict[str, str | None] = {}
        for name, value in asked.headers.items():
            headers[name] = value.decode("latin-1") if isinstance(value, bytes) else value
        bench.ask(route.method, path, body, {**headers, "authorization": f"Bearer {bench.api.token}"})

    ask()
