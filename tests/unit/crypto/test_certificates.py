import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from keystead.crypto import certificates

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOSTS = ("localhost", "kms.example.org", "127.0.0.1", "::1")
AUTHORITY = certificates.make_authority("Keystead test authority", NOW)
ISSUED = certificates.issue(AUTHORITY, HOSTS, NOW)
CERTIFICATE = x509.load_pem_x509_certificate(ISSUED.certificate_pem)
ROOT = x509.load_pem_x509_certificate(AUTHORITY.certificate_pem)


def verify(host: str, at: datetime, root: x509.Certificate = ROOT) -> None:
    subject: x509.GeneralName = x509.DNSName(host)
    if host[0].isdigit() or ":" in host:
        subject = x509.IPAddress(ipaddress.ip_address(host))
    assert isinstance(subject, x509.DNSName | x509.IPAddress)
    PolicyBuilder().store(Store([root])).time(at).build_server_verifier(subject).verify(CERTIFICATE, [])


@pytest.mark.parametrize("host", HOSTS)
def test_a_strict_verifier_accepts_each_host(host: str) -> None:
    verify(host, NOW)
    verify(host, NOW + timedelta(days=364))


@pytest.mark.parametrize(
    ("host", "at"),
    [
        ("other.example.org", NOW),
        ("127.0.0.2", NOW),
        ("localhost", NOW + timedelta(days=366)),
        ("localhost", NOW - timedelta(hours=1)),
    ],
)
def test_and_refuses_other_hosts_and_times(host: str, at: datetime) -> None:
    with pytest.raises(VerificationError):
        verify(host, at)


def test_another_authority_of_that_name_does_not_vouch() -> None:
    other = certificates.make_authority("Keystead test authority", NOW)
    with pytest.raises(VerificationError):
        verify("localhost", NOW, x509.load_pem_x509_certificate(other.certificate_pem))


def test_handshake_with_strict_checks(tmp_path: Path) -> None:
    now = datetime.now(UTC)  # OpenSSL's verifier reads the clock
    authority = certificates.make_authority("authority", now)
    issued = certificates.issue(authority, ["localhost"], now)
    chain = tmp_path / "server.pem"
    chain.write_bytes(issued.certificate_pem + issued.private_key_pem.reveal())
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(chain)
    client.load_verify_locations(cadata=authority.certificate_pem.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for end in (near, far):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert near.version() == "TLSv1.3"
    assert near.getpeercert() is not None


def test_what_the_certificates_say() -> None:
    assert CERTIFICATE.issuer == ROOT.subject == ROOT.issuer
    usage = CERTIFICATE.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    root = ROOT.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (root.critical, root.value.ca, root.value.path_length) == (True, True, 0)
    assert not CERTIFICATE.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    own = ROOT.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    for certificate in (ROOT, CERTIFICATE):
        pointer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert pointer.key_identifier == own
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == "secp256r1"
    assert ROOT.serial_number != CERTIFICATE.serial_number


def test_lifetimes() -> None:
    assert CERTIFICATE.not_valid_after_utc == NOW + timedelta(days=365)
    assert CERTIFICATE.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert ROOT.not_valid_after_utc == NOW + timedelta(days=3650)


def test_a_long_host_name_is_no_common_name() -> None:
    host = ".".join(["a" * 40] * 3)
    issued = x509.load_pem_x509_certificate(certificates.issue(AUTHORITY, [host], NOW).certificate_pem)
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [host]
    assert host not in issued.subject.rfc4514_string()


@pytest.mark.parametrize("hosts", [[], [""], ["größe.example"]])
def test_hosts_that_no_certificate_can_name(hosts: list[str]) -> None:
    with pytest.raises(ValueError):
        certificates.issue(AUTHORITY, hosts, NOW)


def test_an_authority_with_another_sort_of_key_is_a_mistake() -> None:
    key = rsa.generate_private_key(65537, 2048)
    wrong = certificates.Authority(AUTHORITY.certificate_pem, certificates._private_pem(key))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        certificates.issue(wrong, HOSTS, NOW)
