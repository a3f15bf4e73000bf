"""Commands for the life of keys. Source: ``spec/cli.md`` 4.5."""

from typing import Final

from keystead.ibmcloud.kp.table.parts import IV, KEY, MATERIAL, NONCE, RING, SHA1, of_instance
from keystead.ibmcloud.words import Option

LIFE: Final = (
    of_instance(
        "key delete",
        "Destroy a key.",
        "life:delete",
        KEY,
        options=(Option("force", "f", says="even while it protects resources"), RING),
    ),
    of_instance("key purge", "Remove a destroyed key for good.", "life:purge", KEY, options=(RING,)),
    of_instance(
        "key restore",
        "Bring a destroyed key back.",
        "life:restore",
        KEY,
        options=(MATERIAL, NONCE, IV, SHA1, RING),
    ),
    of_instance("key disable", "Suspend a root key.", "life:disable", KEY, options=(RING,)),
    of_instance("key enable", "Make a root key active again.", "life:enable", KEY, options=(RING,)),
    of_instance(
        "key schedule-delete",
        "Authorise the deletion of a key, for somebody else to do.",
        "life:schedule_delete",
        KEY,
        options=(RING,),
    ),
    of_instance(
        "key cancel-delete",
        "Take the authorisation back.",
        "life:cancel_delete",
        KEY,
        options=(RING,),
    ),
    of_instance("key sync", "Tell the key's services its state again.", "life:sync", KEY, options=(RING,)),
    of_instance(
        "key update",
        "Move a key to another ring.",
        "life:update",
        KEY,
        options=(Option("new-key-ring", "r", "RING", "where to"), RING),
    ),
    *(
        of_instance(
            f"key alias-{verb}",
            says,
            f"life:alias_{verb}",
            "KEY_ID",
            "[ALIAS]",
            options=(Option("alias", "a", "ALIAS", "the alias"), RING),
        )
        for verb, says in (("create", "Give a key a second name."), ("delete", "Take a second name away."))
    ),
)
