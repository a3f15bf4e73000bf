"""Trim published test vectors to what Keystead uses.

    python tests/vectors/vendor_vectors.py WYCHEPROOF_CHECKOUT HPKE_PQ_CHECKOUT

Writes ``wycheproof-*.json`` and ``hpke-pq.json`` beside this file. Each has ``source`` (where the cases come
from), ``checked`` (when they were taken) and ``cases``; numbers, octets and verdicts are as published.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WYCHEPROOF = "C2SP/wycheproof, Apache-2.0, commit dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166"
HPKE_PQ = "hpkewg/hpke-pq, test-vectors.json, commit 74dafaa65f79a5eaa210af7ba967e5425a21d05b"

Case = dict[str, Any]


def _groups(folder: Path, name: str) -> Iterator[Case]:
    yield from json.loads((folder / "testvectors_v1" / f"{name}_test.json").read_text())["testGroups"]


def _case(case: Case, *fields: str) -> Case:
    kept = {"id": case["tcId"], "expect": case["result"], "comment": case.get("comment", "")}
    return kept | {"flags": case["flags"]} | {field: case[field] for field in fields if field in case}


def _write(name: str, source: str, cases: list[Case]) -> None:
    checked = datetime.now(UTC).date().isoformat()
    lines = ",\n".join(json.dumps(case, sort_keys=True) for case in cases)
    head = json.dumps({"source": source, "checked": checked})[:-1]
    (HERE / name).write_text(f'{head}, "cases": [\n{lines}\n]}}\n')


def _symmetric(folder: Path) -> None:
    gcm = [
        _case(case, "key", "iv", "aad", "msg", "ct", "tag")
        for group in _groups(folder, "aes_gcm")
        if (group["ivSize"], group["tagSize"]) == (96, 128)
        for case in group["tests"]
    ]
    _write("wycheproof-aes-gcm.json", f"{WYCHEPROOF}, aes_gcm: 96-bit iv, 128-bit tag", gcm)
    cbc = [
        _case(case, "key", "iv", "msg", "ct") for g in _groups(folder, "aes_cbc_pkcs5") for case in g["tests"]
    ]
    _write("wycheproof-aes-cbc.json", f"{WYCHEPROOF}, aes_cbc_pkcs5", cbc)
    hmac = [
        _case(case, "key", "msg", "tag")
        for group in _groups(folder, "hmac_sha256")
        if group["tagSize"] == 256
        for case in group["tests"]
    ]
    _write("wycheproof-hmac-sha256.json", f"{WYCHEPROOF}, hmac_sha256: 256-bit tag", hmac)


def _oaep(folder: Path) -> None:
    wanted = [
        *_groups(folder, "rsa_oaep_4096_sha256_mgf1sha256"),
        *_groups(folder, "rsa_oaep_2048_sha1_mgf1sha1"),
        *(group for group in _groups(folder, "rsa_oaep_misc") if group["keySize"] == 4096 and _small(group)),
    ]
    groups = [
        {
            "sha": group["sha"],
            "mgf_sha": group["mgfSha"],
            "private_key": group["privateKeyPkcs8"],
            "cases": [_case(case, "msg", "ct", "label") for case in group["tests"]],
        }
        for group in wanted
    ]
    _write("wycheproof-rsa-oaep.json", f"{WYCHEPROOF}, rsa_oaep: groups by key and hashes", groups)


def _small(group: Case) -> bool:
    return {group["sha"], group["mgfSha"]} <= {"SHA-1", "SHA-256"}


def _asymmetric(folder: Path) -> None:
    eddsa = [
        _case(case, "msg", "sig") | {"public": group["publicKey"]["pk"]}
        for group in _groups(folder, "ed25519")
        for case in group["tests"]
    ]
    _write("wycheproof-ed25519.json", f"{WYCHEPROOF}, ed25519", eddsa)
    curve = [
        _case(case, "public", "private", "shared") for g in _groups(folder, "x25519") for case in g["tests"]
    ]
    _write(
        "wycheproof-x25519.json", f"{WYCHEPROOF}, x25519: every third case and all zero secrets", _some(curve)
    )
    lattice = [
        _case(case, "seed", "ek", "c", "K") for g in _groups(folder, "mlkem_768") for case in g["tests"]
    ]
    _write("wycheproof-mlkem-768.json", f"{WYCHEPROOF}, mlkem_768: 24 cases of all flags", _spread(lattice))


_SIGNATURES = {
    "RS256": "rsa_signature_2048_sha256",
    "RS384": "rsa_signature_2048_sha384",
    "RS512": "rsa_signature_2048_sha512",
    "PS256": "rsa_pss_2048_sha256_mgf1_32",
    "PS384": "rsa_pss_2048_sha384_mgf1_48",
    "PS512": "rsa_pss_4096_sha512_mgf1_64",
    "ES256": "ecdsa_secp256r1_sha256_p1363",
    "ES384": "ecdsa_secp384r1_sha384_p1363",
    "ES512": "ecdsa_secp521r1_sha512_p1363",
}


def _signatures(folder: Path) -> None:
    cases = [
        case | {"alg": algorithm}
        for algorithm, name in _SIGNATURES.items()
        for case in _spread(list(_signed(folder, name)))
    ]
    names = ", ".join(_SIGNATURES.values())
    _write("wycheproof-signatures.json", f"{WYCHEPROOF}, {names}: 24 cases of all flags of each", cases)
    tokens = [
        _case(case, "jws") | {"key": group["public"]}
        for group in _groups(folder, "json_web_signature")
        if group.get("public", {}).get("alg") in _SIGNATURES
        for case in {case["comment"]: case for case in group["tests"]}.values()
    ]
    source = f"{WYCHEPROOF}, json_web_signature: RS, PS and ES, of each key one case of each comment"
    _write("wycheproof-jws.json", source, tokens)


def _signed(folder: Path, name: str) -> Iterator[Case]:
    for group in _groups(folder, name):
        if group.get("keySize", 2048) < 2048:
            continue  # no such key is taken from a provider
        yield from (_case(case, "msg", "sig") | {"key": group["publicKeyPem"]} for case in group["tests"])


def _some(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case["id"] % 3 == 0 or "ZeroSharedSecret" in case["flags"]]


def _spread(cases: list[Case]) -> list[Case]:
    first = {(tuple(case["flags"]), case["expect"]): case for case in reversed(cases)}
    rest = [case for case in cases[:: len(cases) // 24] if case not in first.values()]
    return [*first.values(), *rest][:24]


def _hpke(folder: Path) -> None:
    vectors = json.loads((folder / "test-vectors.json").read_text())
    suites = [v for v in vectors if (v["mode"], v["kem_id"], v["kdf_id"]) == (0, 0x647A, 1)]
    cases = [{k: v for k, v in suite.items() if k != "exports"} for suite in suites]
    for case in cases:
        case["encryptions"] = case["encryptions"][:1]
    _write("hpke-pq.json", f"{HPKE_PQ}: MLKEM768-X25519 with HKDF-SHA256, first message", cases)


if __name__ == "__main__":
    wycheproof, hpke = (Path(argument) for argument in sys.argv[1:])
    for vendor in (_symmetric, _oaep, _asymmetric, _signatures):
        vendor(wycheproof)
    _hpke(hpke)
