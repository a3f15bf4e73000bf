"""Ask for the routes of `routes_asked`, and see a refusal."""

from typing import Final

from api import Api
from http_peer import Answer
from unit.service.routes_asked import Asked

UNAUTHORIZED: Final = "Unauthorized: The user does not have access to the specified resource"


async def ask(api: Api, asked: Asked, key: str, **headers: str | None) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.send(asked.method, asked.of(key), asked.body, named)


def check_unauthorized(answer: Answer) -> None:
    assert answer.status == 401
    if answer.body:
        assert answer.json["resources"] == [{"errorMsg": UNAUTHORIZED}]
