"""The bare handler that every figure is compared with: a Starlette route that wraps, and nothing else.

No token, no policy, no key state, no audit: what is left is the price of HTTP, TLS, JSON and AES-GCM.
"""

import base64
import os
import sys

import msgspec
import uvicorn
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_KEY = AESGCM(os.urandom(32))


class _Body(msgspec.Struct):
    plaintext: str


async def _wrap(request: Request) -> Response:
    body = msgspec.json.decode(await request.body(), type=_Body)
    nonce = os.urandom(12)
    sealed = nonce + _KEY.encrypt(nonce, base64.b64decode(body.plaintext), None)
    answer = {"ciphertext": base64.b64encode(sealed).decode(), "keyVersion": {"id": "bare"}}
    return Response(msgspec.json.encode(answer), media_type="application/json")


def main() -> None:
    """Serve on the port, certificate and key of the command line."""
    port, certificate, key = sys.argv[1:]
    uvicorn.run(
        Starlette(routes=[Route("/api/v2/keys/{key}/actions/wrap", _wrap, methods=["POST"])]),
        port=int(port),
        http="httptools",
        loop="uvloop",
        log_level="error",
        access_log=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


if __name__ == "__main__":
    main()
