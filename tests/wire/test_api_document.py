"""The API document and its page, as a server hands them out over TLS to who has no credentials."""

import json

from described import DOCUMENT
from servers import Server
from wire.raw import connected


def test_a_stranger_reads_what_the_api_is(server: Server) -> None:
    with connected(server) as stranger:
        document, page = stranger.send("GET", "/openapi.json"), stranger.send("GET", "/docs/api")
    assert document.json == json.loads(json.dumps(DOCUMENT))
    assert page.body.startswith(b"<!doctype html>")
