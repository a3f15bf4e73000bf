"""Wrap, unwrap and rewrap: the hot doors."""

from typing import Any, Final

from keystead.domain.errors import Refused, bad_field
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest.bodies import aad
from keystead.protocols.rest.lenient import decode_base64, read_object
from keystead.protocols.rest.views import secret64, text64
from keystead.service.unwrap import Rewrap, Unwrap
from keystead.service.wrap import Wrap

PLAINTEXT_CHARACTERS: Final = 4096
CIPHERTEXT_CHARACTERS: Final = 65_536


async def wrap(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/wrap``."""

    def command() -> Wrap:
        fields = read_object(visit.exchange.content())
        text = fields.text("plaintext", "a base64 encoded key material")
        return Wrap(dek=None if text is None else _dek(text), aad=aad(fields))

    done = await visit.serve(command)
    answer: dict[str, Any] = {"ciphertext": text64(done.blob), "keyVersion": {"id": done.version}}
    if done.made is not None:
        answer["plaintext"] = secret64(done.made)
    return json_reply(200, answer)


async def unwrap(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/unwrap``."""

    def command() -> Unwrap:
        blob, strings = _wrapped(visit)
        return Unwrap(blob=blob, aad=strings)

    done = await visit.serve(command)
    answer: dict[str, Any] = {"plaintext": secret64(done.dek), "keyVersion": {"id": done.version}}
    if done.renewed is not None:
        answer["ciphertext"] = text64(done.renewed.blob)
        answer["rewrappedKeyVersion"] = {"id": done.renewed.version}
    return json_reply(200, answer)


async def rewrap(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/rewrap``."""

    def command() -> Rewrap:
        blob, strings = _wrapped(visit)
        return Rewrap(blob=blob, aad=strings)

    done = await visit.serve(command)
    return json_reply(
        200,
        {
            "ciphertext": text64(done.renewed.blob),
            "keyVersion": {"id": done.version},
            "rewrappedKeyVersion": {"id": done.renewed.version},
        },
    )


def _dek(text: str) -> KeyMaterial:
    if len(text) > PLAINTEXT_CHARACTERS:
        raise bad_field("plaintext", f"at most {PLAINTEXT_CHARACTERS} characters of base64")
    octets = decode_base64("plaintext", text, "key material")
    if not octets:  # line breaks alone
        raise bad_field("plaintext", "a base64 encoded key material of one octet or more")
    return KeyMaterial(octets)


def _wrapped(visit: Visit) -> tuple[bytes, tuple[str, ...]]:
    content = visit.exchange.content()
    if not content.strip():
        raise Refused(Reason.NO_BODY, "Missing body in request")
    fields = read_object(content)
    must_be = "the original base64 encoded ciphertext from the wrap operation"
    text = fields.text("ciphertext", must_be)
    if text is None or len(text) > CIPHERTEXT_CHARACTERS:
        raise bad_field("ciphertext", must_be)
    return decode_base64("ciphertext", text, "ciphertext"), aad(fields)
