"""Tokens that this service did not issue, or not so: every one is refused, and nothing else happens."""

import asyncio
import base64
import hashlib
import hmac
import json
import string

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from unit.identity.fakes import ALICE, ROBOT, SECOND_SIGNER, SIGNER, World
from unit.identity.forging import (
    CLAIMS,
    HEADER,
    NOW,
    b64,
    private_key,
    signed,
    signed_of_length,
    signed_parts,
)

MALFORMED = Reason.BEARER_SUB_EXTRACTION
UNAUTHORIZED = Reason.UNAUTHORIZED
TEXTS = {
    MALFORMED: "The bearer token is malformed or has no subject",
    UNAUTHORIZED: "The user does not have access to the specified resource",
}
WORLD = World()  # the tests below change nothing in it
SOME_TOKEN = signed(HEADER, CLAIMS)


def refusal(token: str) -> Reason:
    with pytest.raises(Refused) as caught:
        asyncio.run(WORLD.service.authenticate(f"Bearer {token}"))
    assert caught.value.detail == TEXTS[caught.value.reason]
    return caught.value.reason


def test_the_forger_can_make_good_tokens() -> None:
    """Else everything below would be refused for the wrong reason."""
    assert asyncio.run(WORLD.service.authenticate(f"Bearer {SOME_TOKEN}")).iam_id == ALICE.iam_id


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256"]
)
@pytest.mark.parametrize("keep_signature", [True, False])
def test_another_algorithm_is_refused(alg: str, keep_signature: bool) -> None:
    text = signed(HEADER | {"alg": alg}, CLAIMS)
    assert refusal(text if keep_signature else text.rpartition(".")[0] + ".AA") is UNAUTHORIZED


def test_no_signature_at_all_is_no_token() -> None:
    text = signed(HEADER | {"alg": "none"}, CLAIMS)
    assert refusal(text.rpartition(".")[0] + ".") is MALFORMED


def public_forms() -> dict[str, bytes]:
    """Return every form of the public key that somebody might take for a shared secret."""
    public = private_key(SIGNER).public_key()
    return {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "pkcs1": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": SIGNER.public_jwk,
        "modulus": base64.urlsafe_b64decode(json.loads(SIGNER.public_jwk)["n"] + "=="),
        "empty": b"",
    }


@pytest.mark.parametrize("form", public_forms().values(), ids=public_forms().keys())
def test_an_hmac_under_the_public_key_is_refused(form: bytes) -> None:
    text = f"{b64(json.dumps(HEADER | {'alg': 'HS256'}).encode())}.{b64(json.dumps(CLAIMS).encode())}"
    assert refusal(f"{text}.{b64(hmac.new(form, text.encode(), hashlib.sha256).digest())}") is UNAUTHORIZED
    text = f"{b64(json.dumps(HEADER).encode())}.{b64(json.dumps(CLAIMS).encode())}"
    assert refusal(f"{text}.{b64(hmac.new(form, text.encode(), hashlib.sha256).digest())}") is UNAUTHORIZED


def test_a_signature_by_another_key_is_refused() -> None:
    other = private_key(SECOND_SIGNER)  # a real signing key, but not in this directory
    assert refusal(signed(HEADER, CLAIMS, other)) is UNAUTHORIZED
    assert refusal(signed(HEADER | {"kid": SECOND_SIGNER.id}, CLAIMS, other)) is UNAUTHORIZED


_KIDS = [
    "../../../etc/passwd",
    "/dev/null",
    "' OR 1=1 --",
    "",
    SIGNER.id.upper(),
    SIGNER.id + "\0",
    "\ud800",
    "k" * 2000,
    None,
    7,
    True,
    [SIGNER.id],
    {"id": SIGNER.id},
]


@pytest.mark.parametrize("kid", _KIDS, ids=range(len(_KIDS)))  # named by number: some differ from run to run
def test_an_unknown_kid_is_refused(kid: object) -> None:
    assert refusal(signed(HEADER | {"kid": kid}, CLAIMS)) is UNAUTHORIZED


@pytest.mark.parametrize("missing", ["alg", "typ", "kid"])
def test_a_header_without_a_member_is_refused(missing: str) -> None:
    assert refusal(signed({k: v for k, v in HEADER.items() if k != missing}, CLAIMS)) is UNAUTHORIZED


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": json.loads(SIGNER.public_jwk)},
        {"jku": "https://evil.example/keys"},
        {"x5u": "file:///etc/passwd"},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"typ": "at+jwt"},
    ],
    ids="+".join,
)
def test_a_header_with_another_member_is_refused(extra: dict[str, object]) -> None:
    assert refusal(signed(HEADER | extra, CLAIMS)) is UNAUTHORIZED


def test_a_key_in_the_header_is_not_used() -> None:
    other = private_key(SECOND_SIGNER)
    assert (
        refusal(signed(HEADER | {"jwk": json.loads(SECOND_SIGNER.public_jwk)}, CLAIMS, other)) is UNAUTHORIZED
    )


REQUIRED = "iam_id id realmid identifier account iat exp iss grant_type scope client_id jti".split()


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_missing_claim_is_refused(missing: str) -> None:
    assert refusal(signed(HEADER, {k: v for k, v in CLAIMS.items() if k != missing})) is UNAUTHORIZED


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, True, [], {}, 1.5], ids=repr)
def test_a_claim_of_another_type_is_refused(name: str, value: object) -> None:
    assert refusal(signed(HEADER, CLAIMS | {name: value})) is UNAUTHORIZED


@pytest.mark.parametrize("subject", [None, "", 0, True, ["alice"], {}], ids=repr)
def test_a_token_without_a_subject_says_so(subject: object) -> None:
    assert refusal(signed(HEADER, CLAIMS | {"sub": subject})) is MALFORMED
    assert refusal(signed(HEADER, {k: v for k, v in CLAIMS.items() if k != "sub"})) is MALFORMED


@pytest.mark.parametrize(
    "account",
    [{}, {"bss": None}, {"bss": 5}, {"bss": ""}, {"bss": "f" * 32}, [], "x", {"bss": ["a"]}],
    ids=repr,
)
def test_an_account_that_is_not_the_subjects_is_refused(account: object) -> None:
    assert refusal(signed(HEADER, CLAIMS | {"account": account})) is UNAUTHORIZED


def test_two_names_for_the_subject_are_refused() -> None:
    assert refusal(signed(HEADER, CLAIMS | {"id": ROBOT.iam_id})) is UNAUTHORIZED


def test_a_subject_that_is_not_in_the_directory_is_refused() -> None:
    nobody = {"iam_id": "IBMid-nobody", "id": "IBMid-nobody"}
    assert refusal(signed(HEADER, CLAIMS | nobody)) is UNAUTHORIZED


@pytest.mark.parametrize(
    "issuer",
    [
        "https://iam.cloud.ibm.com/identity/",
        "https://iam.cloud.ibm.com",
        "https://evil.example/identity",
        "HTTPS://IAM.CLOUD.IBM.COM/identity",
        ["https://iam.cloud.ibm.com/identity"],
    ],
    ids=repr,
)
def test_another_issuer_is_refused(issuer: object) -> None:
    assert refusal(signed(HEADER, CLAIMS | {"iss": issuer})) is UNAUTHORIZED


@pytest.mark.parametrize(
    ("iat", "exp"),
    [
        (NOW + 6, NOW + 3606),  # from the future, beyond the five seconds
        (NOW + 10**9, NOW + 10**9 + 3600),
        (NOW - 3600, NOW),  # over
        (NOW - 3600, NOW - 1),
        (NOW, NOW),  # lives shorter or longer than any of ours
        (NOW, NOW + 86_401),
        (NOW, 10**30),
        (-(10**30), NOW + 3600),
        (0, NOW + 3600),
        (NOW + 3600, NOW),
        (True, NOW + 3600),
        (str(NOW), str(NOW + 3600)),
        (float(NOW), float(NOW + 3600)),
        (NOW, NOW + 0.5 + 3600),
    ],
    ids=str,
)
def test_times_that_we_would_not_write_are_refused(iat: object, exp: object) -> None:
    assert refusal(signed(HEADER, CLAIMS | {"iat": iat, "exp": exp})) is UNAUTHORIZED


def with_twin(original: dict[str, object], name: str, value: object) -> bytes:
    text = json.dumps(original)
    return f"{text[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}".encode()


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_that_occurs_twice_is_refused(name: str) -> None:
    header = json.dumps(HEADER).encode()
    assert refusal(signed_parts(header, with_twin(CLAIMS, name, CLAIMS[name]))) is UNAUTHORIZED


@pytest.mark.parametrize("name", HEADER)
def test_a_header_member_that_occurs_twice_is_refused(name: str) -> None:
    claims = json.dumps(CLAIMS).encode()
    assert refusal(signed_parts(with_twin(HEADER, name, HEADER[name]), claims)) is UNAUTHORIZED


def test_a_twin_deep_inside_is_refused() -> None:
    claims = json.dumps(CLAIMS).replace('"valid": true', '"bss": "f", "valid": true').encode()
    assert refusal(signed_parts(json.dumps(HEADER).encode(), claims)) is UNAUTHORIZED


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b'{"sub": "a"} {}',
        b'{"sub": NaN}',
        b'{"sub": "a", "iat": Infinity}',
        b'{"sub": "a", "iat": ' + b"9" * 5000 + b"}",
        b'\xef\xbb\xbf{"sub": "a"}',
        '{"sub": "a"}'.encode("utf-16"),
        '{"sub": "é"}'.encode("latin-1"),
        b"{'sub': 'a'}",
        b'{"sub": "a\x00"}',
        b"[" * 4000,
        b'{"sub":' * 600,
    ],
    ids=lambda octets: repr(octets[:24]),
)
def test_parts_that_are_no_json_object_are_no_token(octets: bytes) -> None:
    header, claims = json.dumps(HEADER).encode(), json.dumps(CLAIMS).encode()
    assert refusal(signed_parts(header, octets)) is MALFORMED
    assert refusal(signed_parts(octets, claims)) is MALFORMED


# h, c and s stand for the header, claims and signature of a good token
BROKEN_SHAPES = [
    "x",
    ".",
    "..",
    "...",
    "h",
    "h.c",
    "h.c.",
    ".c.s",
    "h..s",
    "h.c.s.s",
    "h.c.s=",
    "h=.c.s",
    "h.c. s",
    "h.c.s\n",
    "h.c.s\0",
    "h.c.A",
    "h c s",
    "h.c.s, h.c.s",
    "h.c.sé",
    "h.c.s+/",
    "hе.c.s",  # noqa: RUF001 - a Cyrillic letter
    "💥.💥.💥",
    "%.%.%",
]


@pytest.mark.parametrize("shape", BROKEN_SHAPES, ids=ascii)
def test_what_has_not_three_parts_of_base64url_is_no_token(shape: str) -> None:
    parts = dict(zip("hcs", SOME_TOKEN.split("."), strict=True))
    assert refusal("".join(parts.get(character, character) for character in shape)) is MALFORMED


@pytest.mark.parametrize("stray", range(1, 16))
def test_one_signature_has_one_spelling(stray: int) -> None:
    """The last character of 256 octets carries two bits; lenient readers ignore the other four."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    other = alphabet[alphabet.index(SOME_TOKEN[-1]) + stray]
    assert refusal(SOME_TOKEN[:-1] + other) is MALFORMED


@pytest.mark.parametrize("length", [1, 4, 100, 340])
def test_a_truncated_signature_is_refused(length: int) -> None:
    assert refusal(SOME_TOKEN[:-length]) in (UNAUTHORIZED, MALFORMED)


def test_a_token_of_8_kib_is_read_and_a_longer_one_is_not() -> None:
    fits = f"Bearer {signed_of_length(8192)}"
    assert asyncio.run(WORLD.service.authenticate(fits)).iam_id == ALICE.iam_id
    assert refusal(signed_of_length(8193)) is UNAUTHORIZED
    assert refusal("A" * 10_000_000) is UNAUTHORIZED


@given(st.binary(max_size=600))
def test_random_octets_are_refused_and_nothing_else(octets: bytes) -> None:
    refusal(octets.decode("latin-1") or "x")


@given(st.text(max_size=200))
def test_a_random_header_is_refused_and_nothing_else(header: str) -> None:
    with pytest.raises(Refused):
        asyncio.run(WORLD.service.authenticate(header))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*CLAIMS, *HEADER]), JSON)
def test_a_random_value_anywhere_is_refused_or_changes_nothing(name: str, value: object) -> None:
    """Well signed, so that the value reaches the code behind the signature."""
    header = HEADER | {name: value} if name in HEADER else HEADER
    claims = CLAIMS | {name: value} if name in CLAIMS else CLAIMS
    try:
        caller = asyncio.run(WORLD.service.authenticate(f"Bearer {signed(header, claims)}"))
    except Refused:
        return
    assert caller.iam_id == ALICE.iam_id


@given(st.integers(0, len(SOME_TOKEN) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_.=+/ "))
def test_a_token_with_one_other_character_is_refused(place: int, character: str) -> None:
    changed = SOME_TOKEN[:place] + character + SOME_TOKEN[place + 1 :]
    if changed.strip(" ") != SOME_TOKEN:
        refusal(changed)
