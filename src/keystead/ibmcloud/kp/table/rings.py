"""Commands for rings, registrations and the region. Source: ``spec/cli.md`` 4.7."""

from typing import Final

from keystead.ibmcloud.kp.table.parts import RING_R, of_instance
from keystead.ibmcloud.words import Option

RINGS: Final = (
    of_instance("key-rings", "List key rings.", "rings:rings"),
    of_instance("key-ring create", "Make a key ring.", "rings:create", "RING"),
    of_instance(
        "key-ring delete",
        "Remove a key ring.",
        "rings:delete",
        "RING",
        options=(Option("force", "f", says="even if destroyed keys are left in it"),),
    ),
    of_instance(
        "registrations",
        "List what keys protect.",
        "rings:registrations",
        options=(
            Option("key-id", "k", "KEY", "only of this key"),
            Option("crn-query", "c", "PATTERN", "only resources like this; * is a wildcard"),
            RING_R,
        ),
    ),
    of_instance(
        "region-set",
        "Store the region of `kp`.",
        "rings:region",
        "[REGION]",
        options=(Option("unset", "u", says="forget it"),),
    ),
)
