"""Asking for audit events, page by page."""

from typing import Any

from api import Api


async def every_event(api: Api, path: str, query: str = "") -> list[dict[str, Any]]:
    """Return all events that the door at *path* gives for *query*."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await api.send("GET", f"{path}?{query}{cursor}")
        assert answer.status == 200, answer.body
        found += answer.json["resources"]
        assert answer.json["metadata"]["collectionTotal"] == len(answer.json["resources"])
        if "next" not in answer.json["metadata"]:
            return found
        cursor = f"&cursor={answer.json['metadata']['next']}"
