"""Key material of `create`, `rotate` and `restore`. Source: ``spec/cli.md`` SCR-10."""

from typing import Final

from keystead.ibmcloud.call import Resource
from keystead.ibmcloud.kp.base64s import octets
from keystead.ibmcloud.words import Line, WrongUsage

ROOT_SIZES: Final = (16, 24, 32)  # octets
_STANDARD: Final = range(1, 7501)
_CIPHERTEXT: Final = 256  # octets of the smallest RSA key
_PROOFS: Final = {12: 28, 16: 16}  # octets of an iv, and of the shortest nonce encrypted with it
_WHAT: Final = ("key-material", "encrypted-nonce", "iv")


def members(line: Line, *, standard: bool = False) -> Resource:
    """Return the members of a request that bring material; none when the command line has none.

    A script whose import token could not be fetched comes here with ``null`` or nothing where the encrypted
    material should be. It must end here: without material, the server would make a key of its own.

    Raises:
        WrongUsage: a part is missing, or cannot be what it should be.
    """
    given = [name for name in _WHAT if line.text(name) is not None]
    if not given:
        return {}
    if line.text("encrypted-nonce") is None and line.text("iv") is None:
        return _plain(line, standard)
    if len(given) < len(_WHAT):
        raise WrongUsage("Secure import needs '--key-material', '--encrypted-nonce' and '--iv' together.")
    return _encrypted(line)


def _plain(line: Line, standard: bool) -> Resource:
    material = octets("key-material", line.needed("key-material"))
    if not standard and len(material) not in ROOT_SIZES:
        raise WrongUsage("The material of a root key must have 16, 24 or 32 octets.")
    if standard and len(material) not in _STANDARD:
        raise WrongUsage(f"The material of a standard key has at most {_STANDARD[-1]} octets.")
    return {"payload": line.needed("key-material")}


def _encrypted(line: Line) -> Resource:
    material, nonce, iv = (octets(name, line.needed(name)) for name in _WHAT)
    if len(material) < _CIPHERTEXT:
        raise WrongUsage("The value of '--key-material' is no material encrypted with RSA.")
    if len(iv) not in _PROOFS:
        raise WrongUsage("The value of '--iv' must have 12 octets, or 16 for AES-CBC.")
    if len(nonce) < _PROOFS[len(iv)]:
        raise WrongUsage("The value of '--encrypted-nonce' is too short for an encrypted nonce.")
    return {
        "payload": line.needed("key-material"),
        "encryptedNonce": line.needed("encrypted-nonce"),
        "iv": line.needed("iv"),
        "encryptionAlgorithm": "RSAES_OAEP_SHA_1" if line.on("sha1") else "RSAES_OAEP_SHA_256",
    }
