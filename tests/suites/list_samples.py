"""Keys and questions by chance, close enough to each other that ties and near misses are common."""

import random
from datetime import timedelta
from typing import Final

from keystead.domain.ids import InstanceId, KeyId, RingId
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import (
    DEFAULT_STATES,
    DateUnset,
    DateWithin,
    KeyDate,
    KeyFact,
    KeyQuery,
    Search,
    SortKey,
)
from suites.store_samples import NOW, a_key

HR, IT = RingId("hr"), RingId("it")
BY: Final = (*KeyFact, *KeyDate)
NAMES: Final = (
    "Gehälter",
    "GEHÄLTER ",
    "straße",
    "STRASSE",
    "100%",
    "a_b",
    "axb",
    "50/50",
    "back\\slash",
    "İx",
)
ALIASES: Final = ("pay_roll", "PAY-ROLL", "payxroll", "Payroll", "hr")
TEXTS: Final = (
    *NAMES,
    *ALIASES,
    "ss",
    "ß",
    "%",
    "_",
    "a_",
    "/",
    "\\",
    "e",
    "'",
    '"',
    "\U0001f511",
    "i̇",
    "none",
)


def any_key(chance: random.Random, instance: InstanceId) -> Key:
    """Return a key whose dates are so near to each other that many are equal by the second."""
    spans = [timedelta(microseconds=chance.choice((0, 1, 345_678, 345_679, 999_999, 2_000_000))) for _ in BY]
    created, updated, rotated, deleted, expires = (NOW + span * chance.choice((1, -1)) for span in spans[:5])
    return a_key(
        instance,
        name=chance.choice(NAMES),
        ring=chance.choice((HR, IT)),
        state=chance.choice(list(KeyState)),
        extractable=chance.random() < 0.5,
        imported=chance.random() < 0.5,
        created_at=created,
        updated_at=updated,
        rotated_at=chance.choice((None, rotated)),
        deleted_at=chance.choice((None, deleted)),
        expires_at=chance.choice((None, expires, NOW)),
    )


def any_question(chance: random.Random, instance: InstanceId, keys: list[Key]) -> KeyQuery:
    return KeyQuery(
        instance=instance,
        now=NOW,
        rings=chance.choice((None, None, frozenset({HR}))),
        states=chance.choice(
            (DEFAULT_STATES, frozenset(KeyState), frozenset(chance.sample(list(KeyState), 2)))
        ),
        extractable=chance.choice((None, None, True, False)),
        dates=tuple(_any_date(chance) for _ in range(chance.choice((0, 0, 1, 2)))),
        search=chance.choice((None, _any_search(chance, keys))),
        sort=tuple(
            SortKey(chance.choice(BY), chance.random() < 0.5) for _ in range(chance.choice((0, 1, 2, 3)))
        ),
        limit=chance.choice((1, 3, 200)),
        offset=chance.choice((0, 0, 1, 5)),
    )


def _any_date(chance: random.Random) -> DateWithin | DateUnset:
    date = chance.choice(list(KeyDate))
    if chance.random() < 0.3:
        return DateUnset(date)
    second = int(NOW.timestamp())
    bounds = [chance.choice((None, second + away)) for away in chance.sample(range(-2, 3), 2)]
    return DateWithin(date, *bounds)


def _any_search(chance: random.Random, keys: list[Key]) -> Search:
    named = chance.choice(keys).id
    names, aliases = chance.choice(((True, True), (True, False), (False, True)))
    return Search(
        text=chance.choice((*TEXTS, named, KeyId(named.upper()), KeyId(named[:8]))),
        names=names,
        aliases=aliases,
        negated=chance.random() < 0.3,
        exact=chance.random() < 0.3,
    )
