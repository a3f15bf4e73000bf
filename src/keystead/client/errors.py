"""What can go wrong between this machine and a server, in words for the person who typed the command."""

from keystead.domain.errors import KeysteadError

UNREACHABLE = "SERVER_UNREACHABLE"
UNTRUSTED = "CERTIFICATE_UNTRUSTED"
TIMEOUT = "ANSWER_TIMEOUT"
UNREADABLE = "ANSWER_UNREADABLE"


class RemoteError(KeysteadError):
    """A server refused, or gave no usable answer.

    Attributes:
        reason: the wire's reason code; for IAM its ``errorCode``; without an answer one of the four names
            above; empty when the server named none.
        message: the server's words, one line, at most 500 characters.
        status: HTTP status, or ``None`` without an answer.
        correlation_id: what to quote to the operator of the server.
    """

    def __init__(
        self, reason: str, message: str, *, status: int | None = None, correlation_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status
        self.correlation_id = correlation_id


class BadInput(KeysteadError):
    """A file, option or setting on this machine is not usable; the text says what to do next."""


def unreadable(what: str, status: int | None = None) -> RemoteError:
    """Return the error for an answer that does not have the form of the API."""
    return RemoteError(UNREADABLE, what, status=status)
