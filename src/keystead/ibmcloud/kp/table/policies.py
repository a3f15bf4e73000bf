"""Commands for policies. Source: ``spec/cli.md`` 4.2 and 4.6."""

from typing import Final

from keystead.ibmcloud.kp.table.parts import DISABLE, ENABLE, KEY, RING, of_instance
from keystead.ibmcloud.words import Option

POLICIES: Final = (
    of_instance(
        "key policies",
        "Show the policies of a key.",
        "policies:show",
        KEY,
        options=(
            Option("dual-auth", "d", says="only this one"),
            Option("rotation", "r", says="only this one"),
            RING,
        ),
    ),
    of_instance(
        "key policy-update rotation",
        "Have a key rotated every so many months.",
        "policies:rotation",
        KEY,
        options=(Option("monthly-interval", "m", "N", "1 to 12"), ENABLE, DISABLE, RING),
    ),
    of_instance(
        "key policy-update dual-auth-delete",
        "Have a key deleted by two people only; there is no way back.",
        "policies:dual_auth",
        KEY,
        options=(ENABLE, RING),
    ),
    of_instance(
        "instance policies",
        "Show the policies of an instance.",
        "instances:show",
        options=(
            Option("allowed-network", "a", says="only this one"),
            Option("allowed-ip", "p", says="only this one"),
            Option("dual-auth-delete", "d", says="only this one"),
            Option("key-create-import-access", "k", says="only this one"),
            Option("metrics", "m", says="only this one"),
            Option("rotation", "r", says="only this one"),
        ),
    ),
    of_instance(
        "instance policy-update allowed-network",
        "Say which networks may reach the instance.",
        "instances:allowed_network",
        options=(
            ENABLE,
            DISABLE,
            Option("network-type", "t", "TYPE", "public-and-private or private-only"),
        ),
    ),
    of_instance(
        "instance policy-update allowed-ip",
        "Say which addresses may reach the instance.",
        "instances:allowed_ip",
        options=(ENABLE, DISABLE, Option("allowed-ip", takes="CIDR[,CIDR]", says="the addresses")),
    ),
    of_instance(
        "instance policy-update dual-auth-delete",
        "Have new keys deleted by two people only.",
        "instances:dual_auth",
        options=(ENABLE, DISABLE),
    ),
    of_instance(
        "instance policy-update rotation",
        "Have new root keys rotated by themselves.",
        "instances:rotation",
        options=(ENABLE, DISABLE, Option("monthly-interval", "m", "N", "1 to 12")),
    ),
    of_instance(
        "instance policy-update metrics",
        "Have the instance measured.",
        "instances:metrics",
        options=(ENABLE, DISABLE),
    ),
    of_instance(
        "instance policy-update key-create-import-access",
        "Say how keys may come into being.",
        "instances:access",
        options=(
            ENABLE,
            DISABLE,
            Option("create-root-key", says="true or false"),
            Option("create-standard-key", says="true or false"),
            Option("import-root-key", says="true or false"),
            Option("import-standard-key", says="true or false"),
            Option("enforce-token", says="true or false"),
        ),
    ),
)
