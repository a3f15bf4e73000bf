"""What the document says of an operation beside its row in the route table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.http.routes import Route
from keystead.protocols.openapi.shapes import Schema

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
HTML: Final = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter or a header of a request."""

    place: Literal["path", "query", "header"]
    name: str
    schema: Schema
    says: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body of a request."""

    schema: Schema
    required: bool = True
    media: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of an answer."""

    says: str
    always: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of one status; without a schema it has no body."""

    says: str
    schema: Schema | None = None
    headers: Mapping[str, Header] = field(default_factory=dict)
    media: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an operation takes and gives."""

    tag: str
    summary: str
    answers: Mapping[int, Answer]
    refuses: tuple[Reason, ...] = ()  # whatever it may be refused with
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    note: str = ""
    deprecated: bool = False


Refusal = Callable[[int, tuple[Reason, ...]], Answer]
"""Describes a door's error answer: of a status, with one of these reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A door's part of the document; every action of its routes has an operation."""

    routes: tuple[Route, ...]
    operations: Mapping[Action, Operation]
    schemas: Mapping[str, Schema]  # by the name that `shapes.ref` refers to
    refusal: Refusal
    security: tuple[Mapping[str, list[str]], ...]  # any of them will do
    segments: Mapping[str, Parameter] = field(default_factory=dict)  # of paths, by name
