"""`kp import-token key-encrypt` and `nonce-encrypt`: on this machine, without login, instance or network.

Source: ``spec/cli.md`` 4.1, SCR-15.
"""

from keystead.crypto import nonces, oaep, random
from keystead.domain.material import KeyMaterial
from keystead.ibmcloud.call import Call
from keystead.ibmcloud.kp.base64s import octets, text_of
from keystead.ibmcloud.kp.material import ROOT_SIZES
from keystead.ibmcloud.words import Line, WrongUsage


def key(call: Call) -> None:
    """Encrypt key material to the public key of an import token: RSA-OAEP."""
    material = _material(call.line)
    pem = octets("pubkey", call.line.needed("pubkey"))
    sha1 = _is_sha1(call.line.text("hash") or "SHA256")
    if sha1:
        call.screen.warn("SHA1 is for older HPCS instances; a newer one takes SHA256.")
    try:
        encrypted = text_of(oaep.encrypt(pem, material, sha1))
    except ValueError as error:
        raise WrongUsage("The value of '--pubkey' is not the RSA public key of an import token.") from error
    _show(call, {"encryptedKey": encrypted}, "Encrypted Key")


def nonce(call: Call) -> None:
    """Encrypt an import token's nonce with key material: AES-GCM, or AES-CBC for HPCS."""
    material = _material(call.line)
    plain = octets("nonce", call.line.needed("nonce"))
    iv = random.octets(nonces.CBC_IV_OCTETS if call.line.on("cbc") else nonces.GCM_IV_OCTETS)
    proof = text_of(nonces.encrypt(material, plain, iv))
    _show(call, {"encryptedNonce": proof, "iv": text_of(iv)}, "Encrypted Nonce", "IV")


def _material(line: Line) -> KeyMaterial:
    material = octets("key", line.needed("key"))
    if len(material) not in ROOT_SIZES:
        raise WrongUsage("The value of '--key' must have 16, 24 or 32 octets.")
    return KeyMaterial(material)


def _is_sha1(name: str) -> bool:
    if name.upper() not in {"SHA1", "SHA256"}:
        raise WrongUsage(f"Unknown hash '{name}'. Use SHA256, or SHA1 for HPCS.")
    return name.upper() == "SHA1"


def _show(call: Call, value: dict[str, str], *columns: str) -> None:
    if call.screen.is_json:
        call.screen.json(value)
    else:
        call.screen.table(columns, [list(value.values())])
