"""What the API document says of all doors. Only whoever asks for the document imports it, and pays for it."""

from collections.abc import Iterable

from keystead.protocols.http.routes import Route
from keystead.protocols.iam.described import section as iam_section
from keystead.protocols.openapi.described import section as own_section
from keystead.protocols.openapi.operation import Section
from keystead.protocols.rest.described.fields import refusal
from keystead.protocols.rest.described.section import section as rest_section


def sections(reference: Iterable[Route]) -> tuple[Section, ...]:
    """Return a section for each door; *reference* are the routes that serve the document."""
    return rest_section(), iam_section(), own_section(reference, refusal)
