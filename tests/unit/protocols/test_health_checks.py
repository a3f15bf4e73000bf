"""Health checks: asked without credentials, read and nothing else (U33 and U50 of kms-api.md section 7)."""

from pathlib import Path

from api import Api, with_api
from http_peer import Answer

NOBODY = {"authorization": None, "bluemix-instance": None}
STATUS = {"/healthz": "alive", "/readyz": "ready"}


def test_they_are_read_and_nothing_else(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        async def ask(method: str, path: str) -> Answer:
            return await api.send(method, path, headers=NOBODY)

        for path, status in STATUS.items():
            got, head = await ask("GET", path), await ask("HEAD", path)
            assert (got.status, got.json) == (200, {"status": status})
            assert (head.status, head.body) == (200, b"")
            assert head.headers["content-length"] == str(len(got.body))
            for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                answer = await ask(method, path)
                assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD"), method
                assert answer.resource == {"errorMsg": "Method Not Allowed: Method not allowed on this path"}

    with_api(tmp_path, story)


def test_a_server_that_cannot_record_says_so_to_both(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        await api.service.log.close()
        for method in ("GET", "HEAD"):
            assert (await api.send(method, "/readyz", headers=NOBODY)).status == 503
            assert (await api.send(method, "/healthz", headers=NOBODY)).status == 200

    with_api(tmp_path, story)
