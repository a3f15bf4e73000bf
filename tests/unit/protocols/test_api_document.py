"""The API document: whole, valid, public, and shown as a page that runs nothing."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance.world import World
from described import DOCUMENT, check_valid, is_valid
from http_peer import Answer
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.document import document
from keystead.protocols.openapi.operation import Section
from keystead.protocols.openapi.page import page
from keystead.protocols.rest.described import section as rest
from keystead.protocols.routes import DESCRIBED, REFERENCE
from keystead.protocols.sections import sections

SECTIONS = sections(REFERENCE)
NOBODY = {"authorization": None, "bluemix-instance": None}
# Asked before there is an operation: they belong to paths, methods and requests that are none.
OF_NO_OPERATION = {
    Reason.MALFORMED_REQUEST,
    Reason.HEAD_TOO_LARGE,
    Reason.ROUTE_NOT_FOUND,
    Reason.METHOD_NOT_ALLOWED,
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object inside *value*."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(DOCUMENT))).validate()


def test_it_has_every_route_and_no_other() -> None:
    described = sorted((method, path) for method, path, _ in operations())
    assert described == sorted((route.method, route.path) for route in DESCRIBED)


def test_a_route_without_a_row_is_an_error() -> None:
    first, *_ = SECTIONS
    bare = Section(
        routes=first.routes,
        operations={},
        schemas=first.schemas,
        refusal=first.refusal,
        security=first.security,
    )
    with pytest.raises(KeyError):
        document((bare,))


def test_no_row_is_of_an_action_without_a_route() -> None:
    for section in SECTIONS:
        assert set(section.operations) == {route.action for route in section.routes}


def test_it_says_who_may() -> None:
    by_place = {(route.method, route.path): route for route in DESCRIBED}
    for method, path, operation in operations():
        row = PERMISSIONS[by_place[method, path].action]
        assert operation["x-keystead-roles"] == sorted(row.roles)
        assert ("bearer" in str(operation["security"])) is bool(row.roles)
        assert all(role in operation["description"] for role in row.roles)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_reason_is_described_somewhere() -> None:
    described = {
        reason for section in SECTIONS for row in section.operations.values() for reason in row.refuses
    }
    of_other_doors = {reason for reason in Reason if reason.startswith(("RC-", "unauthorized"))}
    of_people = ("IDENTITY_", "POLICY_", "ROLE_", "ACCESS_GROUP_", "MEMBER_")
    around = (*of_people, "CONTEXT_", "ZONE_", "RULE_", "SERVICE_REF_")
    of_identities = {reason for reason in Reason if reason.name.startswith(around)}
    assert described == set(Reason) - OF_NO_OPERATION - of_other_doors - of_identities


def test_no_row_or_schema_hides_another() -> None:
    rows = [action for part in rest._ROWS for action in part.OPERATIONS]
    names = [name for part in rest._SCHEMAS for name in part.SCHEMAS]
    names += [name for section in SECTIONS[1:] for name in section.schemas]
    assert len(set(rows)) == len(rows)
    assert len(set(names)) == len(names)


def test_every_schema_is_used() -> None:
    used = {node["$ref"].rpartition("/")[2] for node in nodes(DOCUMENT) if "$ref" in node}
    assert used == set(DOCUMENT["components"]["schemas"])


def test_examples_and_defaults_fit_their_schemas() -> None:
    for node in nodes(DOCUMENT):
        for example in node.get("examples", ()):
            check_valid(node, example)
        if "type" in node and "default" in node:
            check_valid(node, node["default"])


def test_an_answer_with_a_member_that_is_not_described_does_not_fit() -> None:
    schema = DOCUMENT["components"]["schemas"]["ImportToken"]
    answer = {
        "creationDate": "2031-05-04T09:08:07Z",
        "expirationDate": "2031-05-04T09:18:07Z",
        "maxAllowedRetrievals": 1,
        "remainingRetrievals": 1,
    }
    assert is_valid(schema, answer)
    assert not is_valid(schema, {**answer, "nonce": "AAAA"})
    assert not is_valid(schema, {**answer, "creationDate": "yesterday"})


def test_material_is_described_where_it_is_shown_and_nowhere_else() -> None:
    shown = {
        (method, path)
        for method, path, operation in operations()
        for status, answer in operation["responses"].items()
        if int(status) < 300
        for node in nodes(answer)
        if node.get("$ref", "").endswith("/KeyWithMaterial")
    }
    key = "/api/v2/keys/{key}"
    assert shown == {
        ("POST", "/api/v2/keys"),
        ("POST", "/api/v2/keys_with_policy_overrides"),
        ("GET", key),
        ("POST", f"{key}/restore"),
        ("POST", key),
    }


def fetched(world: World, path: str, method: str = "GET") -> Answer:
    return world.run(world.home.send(method, path, headers=NOBODY))


def test_it_is_served_to_everybody(world: World) -> None:
    answer = fetched(world, "/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == json.loads(json.dumps(DOCUMENT))
    assert world.log.events[-1].action == "keystead.api-document.read"


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/api"])
def test_it_is_only_read(world: World, path: str) -> None:
    answer = fetched(world, path, "POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


class Seen(HTMLParser):
    """What of a page could run or fetch something, and where it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "id"):
                (self.links if name == "href" else self.ids).append(value or "")


def test_the_page_runs_and_fetches_nothing(world: World) -> None:
    answer = fetched(world, "/docs/api")
    seen = Seen(answer.body.decode())
    assert not seen.tags & {"script", "link", "img", "iframe", "form", "object", "base", "svg"}
    assert seen.attributes <= {"href", "id", "lang", "charset", "name", "content"}
    assert set(seen.links) <= {"/openapi.json", *(f"#{name}" for name in seen.ids)}
    assert len(set(seen.ids)) == len(seen.ids)


def test_the_page_is_held_to_its_one_style(world: World) -> None:
    answer = fetched(world, "/docs/api")
    (style,) = re.findall("<style>(.*?)</style>", answer.body.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = answer.headers["content-security-policy"].split("; ")
    assert rules[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "frame-ancestors 'none'" in rules
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_shows_every_operation_and_schema(world: World) -> None:
    text = fetched(world, "/docs/api").body.decode()
    for method, path, operation in operations():
        assert f'<h3 id="{operation["operationId"]}"><code>{method} {path}</code>' in text
    for name in DOCUMENT["components"]["schemas"]:
        assert f'id="schema-{name}"' in text


def test_what_the_document_holds_cannot_break_the_page() -> None:
    evil = "<script>alert('1')</script>\"&"
    hostile = json.loads(json.dumps(DOCUMENT).replace("List keys", json.dumps(evil)[1:-1]))
    hostile["components"]["schemas"]["Key"]["properties"]["name"] |= {
        "description": evil,
        "enum": [evil],
        "pattern": evil,
    }
    assert not Seen(page(hostile)).tags & {"script"}


def test_a_server_that_nobody_asks_for_it_does_not_hold_it() -> None:
    program = "import sys, keystead.app; print(*(name for name in sys.modules if 'described' in name))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
