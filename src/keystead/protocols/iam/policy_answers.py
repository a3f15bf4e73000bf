"""Answers of the doors to policies and roles."""

from typing import Any
from urllib.parse import urlencode

from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply


def tagged(exchange: Exchange, status: int, content: Any, tag: str) -> Reply:
    """Return *content* with the tag that names its state."""
    transaction = (b"transaction-id", exchange.correlation_id.encode())
    return json_reply(status, content, transaction, (b"etag", f'"{tag}"'.encode()))


def page(exchange: Exchange, items: list[dict[str, Any]], last: str | None) -> dict[str, Any]:
    """Return a page of policies, which goes on after the one called *last*."""
    fields = {name: values[-1] for name, values in exchange.query().items() if name != "start"}
    shown: dict[str, Any] = {"policies": items}
    if "limit" in fields:
        shown["limit"] = int(fields["limit"])
        shown["first"] = {"href": f"{exchange.path}?{urlencode(fields)}"}
    if last is not None:
        following = urlencode({**fields, "start": last})
        shown["next"] = {"href": f"{exchange.path}?{following}", "start": last}
    return shown
