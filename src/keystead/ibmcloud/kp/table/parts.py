"""What the tables of `kp` share: options, and how a command of an instance is written down."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

INSTANCE: Final = Option("instance-id", "i", "ID", "instance; KP_INSTANCE_ID without it")
RING: Final = Option("key-ring", takes="RING", says="ring of the key")
RING_R: Final = Option("key-ring", "r", "RING", "only keys of this ring")
KEY: Final = "KEY_ID_OR_ALIAS"
MATERIAL: Final = Option("key-material", "k", "BASE64", "material, or with -n and -v encrypted material")
NONCE: Final = Option("encrypted-nonce", "n", "BASE64", "nonce of the import token, encrypted")
IV: Final = Option("iv", "v", "BASE64", "initialisation vector of the encrypted nonce")
SHA1: Final = Option("sha1", says="the material was encrypted with RSA-OAEP and SHA-1")
AAD: Final = Option("aad", "a", "TEXT[,TEXT]", "additional authenticated data")
ENABLE: Final = Option("enable", "e", says="turn the policy on")
DISABLE: Final = Option("disable", "d", says="turn the policy off")
PAGES: Final = (
    Option("limit", "n", "N", "at most so many"),
    Option("starting-offset", "s", "N", "leave out so many first"),
    Option("total-count", "t", says="show how many there are"),
)
NEW: Final = (
    MATERIAL,
    NONCE,
    IV,
    Option("standard-key", "s", says="a standard key instead of a root key"),
    Option("description", "D", "TEXT", "what the key is for"),
    Option("expiration", "e", "TIME", "when the key expires, RFC 3339"),
    SHA1,
    RING,
)


def of_instance(path: str, says: str, run: str, *places: str, options: tuple[Option, ...] = ()) -> Command:
    """Return a command of `kp`; *run* is below ``kp``, and every one takes an instance (KP-1)."""
    return Command(f"kp {path}", says, f"kp.{run}", places, (*options, INSTANCE))
