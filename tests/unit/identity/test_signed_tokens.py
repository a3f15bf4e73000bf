"""Signatures of other issuers' tokens (RSASSA-PKCS1-v1_5, RSA-PSS, ECDSA) against Wycheproof's vectors."""

import pytest
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry

from keystead.domain.errors import Refused
from keystead.identity.external import ALGORITHMS, require_signature
from unit.crypto.cases import Case, load, name, octets

SIGNATURES, TOKENS = load("wycheproof-signatures.json"), load("wycheproof-jws.json")
OF_ANOTHER_ALGORITHM = (
    346,
    350,
)  # RFC 7520 figure 20: its key says PS256 and the token PS384, which is refused


def of(case: Case) -> str:
    return f"{case['alg']}-{name(case)}"


def the_key(case: Case) -> Key:
    return JWKRegistry.import_key(case["key"], "EC" if case["alg"][:2] == "ES" else "RSA")


def is_signed(case: Case) -> bool:
    try:
        require_signature(case["jws"], JWKRegistry.import_key(case["key"]), case["key"]["alg"])
    except Refused:
        return False
    return True


@pytest.mark.parametrize("case", SIGNATURES, ids=of)
def test_wycheproof(case: Case) -> None:
    """By the very algorithm that `require_signature` looks up."""
    algorithm = JWSRegistry.algorithms[case["alg"]]
    try:
        found = algorithm.verify(octets(case, "msg"), octets(case, "sig"), the_key(case))
    except (JoseError, ValueError):  # what `require_signature` takes for a refusal
        found = False
    assert case["expect"] == "acceptable" or found == (case["expect"] == "valid")


@pytest.mark.parametrize("case", TOKENS, ids=name)
def test_wycheproof_tokens(case: Case) -> None:
    assert is_signed(case) == (case["expect"] == "valid" and case["id"] not in OF_ANOTHER_ALGORITHM)


def test_every_algorithm_has_vectors_of_both_sorts() -> None:
    assert {case["alg"] for case in SIGNATURES} == set(ALGORITHMS)
    for algorithm in ALGORITHMS:
        found = {case["expect"] for case in SIGNATURES if case["alg"] == algorithm}
        assert {"valid", "invalid"} <= found
    assert len(TOKENS) > 100
