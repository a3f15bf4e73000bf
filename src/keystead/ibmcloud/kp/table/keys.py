"""Commands that make, show and use keys. Source: ``spec/cli.md`` 4.3 and 4.4."""

from typing import Final

from keystead.ibmcloud.kp.table.parts import (
    AAD,
    IV,
    KEY,
    MATERIAL,
    NEW,
    NONCE,
    RING,
    RING_R,
    SHA1,
    of_instance,
)
from keystead.ibmcloud.words import Option

KEYS: Final = (
    of_instance(
        "key create",
        "Create a key, or import one.",
        "making:create",
        "NAME",
        options=(Option("alias", "a", "ALIAS", "second name"), *NEW),
    ),
    of_instance(
        "key create-key-with-policy-overrides",
        "Create a key with policies of its own.",
        "making:create_with_policies",
        "NAME",
        options=(
            Option("aliases", "a", "ALIAS[,ALIAS]", "up to five second names"),
            Option("dual-auth-delete-policy-enabled", "d", says="two people must delete it"),
            Option("rotation-interval-month", "m", "N", "1 to 12"),
            Option("rotation-policy-enabled", "r", says="rotate it by itself"),
            *NEW,
        ),
    ),
    of_instance("key show", "Show a key.", "showing:show", KEY, options=(RING,)),
    of_instance(
        "keys",
        "List keys.",
        "showing:keys",
        options=(
            Option("crn", "c", says="show CRNs"),
            Option("number-of-keys", "n", "N", "at most so many; 200 without it"),
            Option("starting-offset", "s", "N", "leave out so many first"),
            Option("key-type", "t", "root|standard", "only keys of this type"),
            Option("key-states", takes="STATE[,STATE]", says="active, suspended, deactivated, destroyed"),
            Option("key-filter", "f", "FILTER", "as in the API"),
            Option("key-search", "l", "TEXT", "as in the API"),
            Option("sort-by", "b", "P[,-P]", "as in the API"),
            RING_R,
        ),
    ),
    of_instance(
        "key versions",
        "List the versions of a root key.",
        "showing:versions",
        KEY,
        options=(
            Option("number-of-key-versions", "n", "N", "at most so many; 200 without it"),
            Option("starting-offset", "s", "N", "leave out so many first"),
            Option("total-count", "t", says="show how many there are"),
            Option("all-key-states", "a", says="also of a key that is not active"),
            RING_R,
        ),
    ),
    of_instance(
        "key wrap",
        "Wrap a data key, or one that the server makes.",
        "wrapping:wrap",
        KEY,
        options=(Option("plaintext", "p", "BASE64", "the data key"), AAD, RING),
    ),
    of_instance(
        "key unwrap",
        "Open what `wrap` gave.",
        "wrapping:unwrap",
        KEY,
        "CIPHERTEXT",
        options=(AAD, RING),
    ),
    of_instance(
        "key rotate",
        "Give a root key a new version.",
        "wrapping:rotate",
        KEY,
        options=(MATERIAL, NONCE, IV, SHA1, RING),
    ),
)
