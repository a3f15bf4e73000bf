"""X.509 certificates: an authority for the development server and what it issues, and what names one.

Source: RFC 5280; the extensions are those that verifiers with ``VERIFY_X509_STRICT`` (Python 3.13) ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keystead.domain.errors import bad_field
from keystead.domain.material import KeyMaterial

_AUTHORITY_LIFE = timedelta(days=10 * 365)
_SERVER_LIFE = timedelta(days=365)
_CLOCK_SKEW = timedelta(minutes=5)
_MAX_COMMON_NAME = 64  # RFC 5280, ub-common-name


@dataclass(frozen=True, slots=True)
class Authority:
    """Who vouches for the development server."""

    certificate_pem: bytes
    private_key_pem: KeyMaterial


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A server's certificate and its private key."""

    certificate_pem: bytes
    private_key_pem: KeyMaterial


def make_authority(name: str, now: datetime) -> Authority:
    """Return a self-signed authority, ECDSA P-256, good for ten years from *now*.

    Args:
        name: its common name, up to 64 characters.
        now: an aware time.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    builder = (
        _valid(now, _AUTHORITY_LIFE, key.public_key(), subject, subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    return Authority(_pem(builder.sign(key, hashes.SHA256())), _private_pem(key))


def issue(authority: Authority, hosts: Sequence[str], now: datetime) -> ServerCertificate:
    """Return a server certificate, ECDSA P-256, good for a year from *now*.

    Args:
        authority: who signs.
        hosts: DNS names and IP addresses, at least one; the first short enough is the common name.
        now: an aware time.

    Raises:
        ValueError: *hosts* is empty or one of them is neither.
    """
    if not hosts:
        raise ValueError("a server certificate needs a host name or an address")
    issuer = x509.load_pem_x509_certificate(authority.certificate_pem)
    signer = serialization.load_pem_private_key(authority.private_key_pem.reveal(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is an ECDSA key")
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _valid(now, _SERVER_LIFE, key.public_key(), _common_name(hosts), issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    return ServerCertificate(_pem(builder.sign(signer, hashes.SHA256())), _private_pem(key))


def fingerprint(pem: str) -> bytes:
    """Return what names the one certificate in *pem*: SHA-256 over its DER, 32 octets.

    Raises:
        Refused: ``INVALID_FIELD`` where there is no certificate, or more than one, or what is none.
    """
    try:
        (found,) = x509.load_pem_x509_certificates(pem.encode("ascii"))
    except (ValueError, x509.InvalidVersion):  # a UnicodeEncodeError is a ValueError too
        raise bad_field("certificate", "one X.509 certificate in PEM") from None
    return found.fingerprint(hashes.SHA256())


def _valid(
    now: datetime, life: timedelta, key: ec.EllipticCurvePublicKey, subject: x509.Name, issuer: x509.Name
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _common_name(hosts: Sequence[str]) -> x509.Name:
    return _named(next((host for host in hosts if len(host) <= _MAX_COMMON_NAME), "keystead"))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> KeyMaterial:
    return KeyMaterial(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
