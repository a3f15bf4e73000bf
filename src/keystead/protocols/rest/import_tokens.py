"""Create and read the import token. Source: ``spec/kms-api.md`` section 4."""

from keystead.domain.errors import bad_field
from keystead.domain.import_tokens import TokenKind, read_limits
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest.lenient import Fields, read_object
from keystead.protocols.rest.views import new_token, read_token
from keystead.service.import_tokens import CreateImportToken, ReadImportToken


async def create_import_token(visit: Visit) -> Reply:
    """``POST /import_token``; ``publicKeyAlgorithm`` is ours and asks for the post-quantum form."""
    token = await visit.serve(lambda: _command(read_object(visit.exchange.content())))
    return json_reply(200, new_token(token))


async def read_import_token(visit: Visit) -> Reply:
    """``GET /import_token``."""
    return json_reply(200, read_token(await visit.serve(ReadImportToken)))


def _command(fields: Fields) -> CreateImportToken:
    seconds, retrievals = read_limits(fields.whole("expiration"), fields.whole("maxAllowedRetrievals"))
    return CreateImportToken(seconds=seconds, retrievals=retrievals, kind=_kind(fields))


def _kind(fields: Fields) -> TokenKind:
    name = fields.text("publicKeyAlgorithm")
    if name is None:
        return TokenKind.RSA_4096
    try:
        return TokenKind(name)
    except ValueError:
        raise bad_field("publicKeyAlgorithm", "one of " + ", ".join(TokenKind)) from None
