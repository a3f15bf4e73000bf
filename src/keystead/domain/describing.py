"""How a key is called and described. Source: ``spec/kms-api.md`` sections 2.4 and 2.11."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from keystead.domain.errors import bad_field
from keystead.domain.ids import alias
from keystead.domain.placing import MOST_ALIASES_OF_KEY

NAME_LENGTHS: Final = range(2, 91)
NAME_MUST_BE: Final = "2 to 90 printable characters"
DESCRIPTION_LENGTHS: Final = range(2, 241)
DESCRIPTION_MUST_BE: Final = "2 to 240 characters"


def key_name(text: str) -> str:
    """Read a key's name; spaces around it do not count. `Refused` with ``INVALID_FIELD`` otherwise."""
    name = text.strip()
    if len(name) not in NAME_LENGTHS or not is_printable(name):
        raise bad_field("name", NAME_MUST_BE)
    return name


def key_description(text: str) -> str:
    """Read a key's description; errors as `key_name`."""
    if len(text) not in DESCRIPTION_LENGTHS or not is_encodable(text):
        raise bad_field("description", DESCRIPTION_MUST_BE)
    return text


def key_aliases(names: Sequence[str]) -> tuple[str, ...]:
    """Read the aliases that a key is created with; errors as `key_name`."""
    if len(names) > MOST_ALIASES_OF_KEY:
        raise bad_field("aliases", f"at most {MOST_ALIASES_OF_KEY}")
    if len(set(names)) != len(names):
        raise bad_field("aliases", "different from each other")
    return tuple(alias(name) for name in names)


def is_printable(text: str) -> bool:
    """Tell whether *text* is without control, format and unassigned characters, as names are."""
    return not any(unicodedata.category(character)[0] == "C" for character in text)


def is_encodable(text: str) -> bool:
    """Tell whether *text* is without halves of surrogate pairs, which no store takes."""
    return not any(unicodedata.category(character) == "Cs" for character in text)
