"""Events to an HTTP collector: a batch in one POST, one JSON object a line."""

from pathlib import Path
from typing import Final

from keystead.client.errors import BadInput, RemoteError
from keystead.client.transport import Transport, https_url
from keystead.export.batches import Batch
from keystead.export.sinks import NotTaken, TooLarge, line_of

_CONTENT_TOO_LARGE: Final = 413


class HttpSink:
    """Posts batches as ``application/x-ndjson``; a status of success means that all of it was taken.

    Args:
        url: where to, over TLS.
        ca_file: PEM file with the only authorities to trust; the system's without it.
        token: for the header ``Authorization: Bearer``.

    Raises:
        BadInput: the URL is no https address, or the file holds no certificate.
    """

    def __init__(self, url: str, ca_file: Path | None, token: str | None) -> None:
        https_url(url)  # refuses what is no address, and names and passwords in one
        if token is not None and not (token.isascii() and token.isprintable()):
            raise BadInput("that is no bearer token; give the text of one, on one line")
        self._url = url
        self._transport = Transport(ca_file)
        self._headers = {"content-type": "application/x-ndjson"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    def send(self, batch: Batch) -> None:
        """Post *batch*; `TooLarge` for a status of 413, `NotTaken` for any other that is none of success."""
        octets = b"".join(line_of(batch.origin, record) + b"\n" for record in batch.records)
        place = {"keystead-log": batch.origin, "keystead-first-index": str(batch.records[0].index)}
        try:
            answer = self._transport.send("POST", self._url, headers=self._headers | place, content=octets)
        except RemoteError as error:
            raise NotTaken(error.message) from error
        if answer.status == _CONTENT_TOO_LARGE and len(batch.records) > 1:
            raise TooLarge("the collector takes no batch of that length")
        if not answer.ok:
            raise NotTaken(f"the collector answered with status {answer.status}")

    def close(self) -> None:
        """End the connections."""
        self._transport.close()
