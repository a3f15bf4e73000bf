"""Commands for import tokens. Source: ``spec/cli.md`` 4.1."""

from typing import Final

from keystead.ibmcloud.kp.table.parts import RING, of_instance
from keystead.ibmcloud.words import Option

TOKENS: Final = (
    of_instance(
        "import-token create",
        "Make an import token; an older one is void from then on.",
        "tokens:create",
        options=(
            Option("expiration", "e", "SECONDS", "300 to 86400; 600 without it"),
            Option("max-retrievals", "m", "N", "how often it can be fetched; once without it"),
            RING,
        ),
    ),
    of_instance(
        "import-token show",
        "Fetch the import token; uses up one retrieval.",
        "tokens:show",
        options=(RING,),
    ),
    of_instance(
        "import-token key-encrypt",
        "Encrypt key material to the public key of an import token, on this machine.",
        "encrypting:key",
        options=(
            Option("key", "k", "BASE64", "the material: 16, 24 or 32 octets"),
            Option("pubkey", "p", "BASE64", "payload of the import token"),
            Option("hash", "a", "SHA1|SHA256", "hash of RSA-OAEP"),
            RING,
        ),
    ),
    of_instance(
        "import-token nonce-encrypt",
        "Encrypt the nonce of an import token with key material, on this machine.",
        "encrypting:nonce",
        options=(
            Option("key", "k", "BASE64", "the material: 16, 24 or 32 octets"),
            Option("nonce", "n", "BASE64", "nonce of the import token"),
            Option("cbc", "c", says="AES-CBC instead of AES-GCM, for HPCS"),
            RING,
        ),
    ),
)
