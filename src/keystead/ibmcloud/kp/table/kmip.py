"""Commands for KMIP, and for crypto units. Source: ``spec/cli.md`` 4.8 and 4.9."""

from typing import Final

from keystead.ibmcloud.kp.table.parts import PAGES, of_instance
from keystead.ibmcloud.words import Option

_ADAPTER: Final = Option("adapter", "a", "NAME_OR_ID", "the adapter")
_SURE: Final = (
    Option("force", "f", says="even what is in use"),
    Option("skip-confirm", "y", says="do not ask"),
)

KMIP: Final = (
    of_instance(
        "kmip adapter-create",
        "Make a KMIP adapter.",
        "kmip:create_adapter",
        options=(
            Option("profile", "p", "PROFILE", "native_1.0"),
            Option("crk-id", "k", "KEY", "root key that protects its objects"),
            Option("name", "n", "NAME", "its name"),
            Option("description", "d", "TEXT", "what it is for"),
        ),
    ),
    of_instance("kmip adapter", "Show a KMIP adapter.", "kmip:adapter", "NAME_OR_ID"),
    of_instance(
        "kmip adapters",
        "List KMIP adapters.",
        "kmip:adapters",
        options=(*PAGES, Option("crk-id", "k", "KEY", "only those of this root key")),
    ),
    of_instance(
        "kmip adapter-delete",
        "Remove a KMIP adapter.",
        "kmip:delete_adapter",
        "NAME_OR_ID",
        options=_SURE,
    ),
    of_instance(
        "kmip cert-create",
        "Trust a client's certificate.",
        "kmip:create_certificate",
        options=(
            _ADAPTER,
            Option("cert-string", "c", "PEM|@FILE", "the certificate"),
            Option("name", "n", "NAME", "its name"),
        ),
    ),
    of_instance("kmip cert", "Show a certificate.", "kmip:certificate", "NAME_OR_ID", options=(_ADAPTER,)),
    of_instance("kmip certs", "List certificates.", "kmip:certificates", options=(_ADAPTER, *PAGES)),
    of_instance(
        "kmip cert-delete",
        "Trust a certificate no more.",
        "kmip:delete_certificate",
        "NAME_OR_ID",
        options=(_ADAPTER, *_SURE),
    ),
    of_instance("kmip object", "Show a KMIP object.", "kmip:object_", "ID", options=(_ADAPTER,)),
    of_instance(
        "kmip objects",
        "List KMIP objects.",
        "kmip:objects",
        options=(
            _ADAPTER,
            *PAGES,
            Option("object-state-filter", "f", "N[,N]", "states; 1,2,3,4 without it"),
        ),
    ),
    of_instance(
        "kmip object-delete",
        "Destroy a KMIP object.",
        "kmip:delete_object",
        "ID",
        options=(_ADAPTER, *_SURE),
    ),
)

_OF_UNITS: Final = (
    Option("cu", takes="UNIT"),
    Option("auth", takes="JSON|@FILE"),
    Option("credential", takes="FILE"),
    Option("ids", takes="ID,..."),
    Option("id", takes="ID"),
    Option("keyshare-files", takes="FILE,..."),
    Option("keyshare-minimum", takes="N"),
    Option("algo", takes="ALGORITHM"),
    Option("key-name", takes="NAME"),
    Option("file", takes="FILE"),
    Option("passphrase", takes="TEXT"),
    Option("type", takes="TYPE"),
    Option("name", takes="NAME"),
    Option("user", "u", "NAME"),
    Option("force", "f"),
)
"""So that a script's line is refused for what it wants and not for how it says it."""
UNITS: Final = tuple(
    of_instance(name, "Not supported by this server.", "units:refuse", "[WORD...]", options=_OF_UNITS)
    for name in ("crypto-units", "crypto-unit")
)
