"""Keys from passphrases: Argon2id.

Source: RFC 9106.
"""

from keystead.domain.material import KeyMaterial

# The parameters are read from files that somebody else may have written: what they may ask for ends here.
_MEMORY_KIB = range(8, 4 * 1024 * 1024 + 1)
_PASSES = range(1, 101)
_LANES = range(1, 65)
_SALT_OCTETS = range(8, 65)


def derive(passphrase: KeyMaterial, salt: bytes, *, memory_kib: int, passes: int, lanes: int) -> KeyMaterial:
    """Return the 32-octet key of *passphrase*, Argon2id version 0x13.

    Args:
        passphrase: UTF-8 octets.
        salt: 8 to 64 octets, random, stored beside the result's use.
        memory_kib: 8 per lane to 4 GiB.
        passes: 1 to 100.
        lanes: 1 to 64, each a thread.

    Raises:
        ValueError: a parameter is out of range.
    """
    from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415 - few servers have a passphrase

    if len(salt) not in _SALT_OCTETS or passes not in _PASSES or lanes not in _LANES:
        raise ValueError("Argon2id takes a salt of 8 to 64 octets, 1 to 100 passes and 1 to 64 lanes")
    if memory_kib not in _MEMORY_KIB or memory_kib < 8 * lanes:
        raise ValueError("Argon2id takes from 8 KiB for each lane to 4 GiB of memory")
    return KeyMaterial(hash_secret_raw(passphrase.reveal(), salt, passes, memory_kib, lanes, 32, Type.ID))
