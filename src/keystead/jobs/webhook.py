"""One signed POST over TLS to an address that the operator named, with limits on all that comes back."""

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from keystead.domain.errors import KeysteadError
from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment
from keystead.domain.notices import Notice

SECONDS: Final = 10.0
"""For all of one try: name, connection, TLS, request, and the head of the answer."""
SIGNATURE: Final = "keystead-signature"
EVENT_ID: Final = "keystead-event-id"


class NotTaken(KeysteadError):
    """A receiver did not say that it took a notice; the text is ours, without a word of the receiver's."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted."""

    url: str
    authority: str | None  # PEM of the only certificate authorities to trust; the system's without it
    headers: Mapping[str, str]
    body: bytes


def body_of(notice: Notice) -> bytes:
    """Return *notice* as the JSON object that a receiver reads."""
    said: dict[str, Any] = {
        "eventId": notice.id,
        "eventType": str(notice.kind),
        "keyCrn": notice.key_crn,
        "keyState": int(notice.key_state),
        "keyVersionId": notice.version.id,
        "resourceCrns": notice.resources,
        "eventTime": moment(notice.at),
        "acknowledgeBefore": moment(notice.until),
        "correlationId": notice.correlation_id,
    }
    if notice.new_version is not None:
        said["newKeyVersionId"] = notice.new_version.id
    return msgspec.json.encode(said)


def signed(notice: Notice, secret: KeyMaterial, now: datetime) -> tuple[bytes, dict[str, str]]:
    """Return the body of *notice*, and headers that say who sent it, and when."""
    body = body_of(notice)
    return body, {
        "content-type": "application/json",
        "user-agent": "keystead",
        EVENT_ID: notice.id,
        SIGNATURE: signature(secret, int(now.timestamp()), body),
    }


def signature(secret: KeyMaterial, seconds: int, body: bytes) -> str:
    """Return ``t=SECONDS,v1=HEX``: HMAC-SHA-256 over the time in decimal digits, a dot, and *body*."""
    proof = hmac.digest(secret.reveal(), b"%d." % seconds + body, hashlib.sha256).hex()
    return f"t={seconds},v1={proof}"


def trusting(authority: str | None) -> ssl.SSLContext:
    """Return what checks a receiver's certificate.

    Raises:
        NotTaken: *authority* is no PEM certificate.
    """
    try:
        if authority is not None and not authority.strip():
            raise ValueError  # noqa: TRY301 - or the system's authorities would be trusted instead of none
        return ssl.create_default_context(cadata=authority)
    except (ssl.SSLError, ValueError):
        raise NotTaken("the CA file holds no PEM certificate") from None


async def post(letter: Letter) -> None:
    """Post *letter*; return once the receiver has answered with a status of success.

    Nothing of an answer's body is read, no redirect is followed, and no proxy is asked.

    Raises:
        NotTaken: anything else happened.
    """
    import httpx2  # noqa: PLC0415 - few servers have receivers, and it takes memory

    try:
        async with asyncio.timeout(SECONDS):
            tls = await asyncio.to_thread(trusting, letter.authority)
            status = await _status(httpx2.AsyncClient(verify=tls, trust_env=False, timeout=SECONDS), letter)
    except TimeoutError:
        raise NotTaken(f"no answer within {SECONDS:.0f} seconds") from None
    except httpx2.TimeoutException:
        raise NotTaken(f"no answer within {SECONDS:.0f} seconds") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        raise NotTaken(_why(error)) from None
    if not 200 <= status < 300:  # noqa: PLR2004 - what the numbers of HTTP mean
        raise NotTaken(f"answered with status {status}")


async def _status(client: Any, letter: Letter) -> int:
    async with (
        client,
        client.stream("POST", letter.url, headers=letter.headers, content=letter.body) as answer,
    ):
        status: int = answer.status_code
    return status


def _why(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "its certificate is not trusted"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS"
        cause = cause.__cause__ or cause.__context__
    return "it cannot be reached, or does not speak HTTP"
