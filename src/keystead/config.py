"""Settings of a server: what there is to say, and what holds where nothing is said."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from keystead.domain.endpoints import Endpoints
from keystead.domain.errors import KeysteadError
from keystead.domain.keys import Windows


class SettingsError(KeysteadError):
    """A setting is missing, unknown or wrong; the text names it."""


_EVERYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - what a host is compared with
_TEN_YEARS: Final = 10 * 366 * 86_400
Seconds = Annotated[int, msgspec.Meta(ge=0, le=_TEN_YEARS)]
Node = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+\Z")]
HttpsUrl = Annotated[str, msgspec.Meta(pattern=r"^https://[A-Za-z0-9.:\[\]-]+(/[!-~]*)?\Z", max_length=1024)]
Issuer = Annotated[  # without a query or a fragment: OpenID Connect Core 1.0, section 2
    str, msgspec.Meta(pattern=r"^https://[A-Za-z0-9.:\[\]-]+(/[!\"$->@-~]*)?\Z", max_length=1024)
]
TokenSeconds = Annotated[int, msgspec.Meta(ge=120, le=86_400)]
Times = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Places = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Waits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Waiting times, in seconds; the defaults are those of Key Protect."""

    enable_after: Seconds = 30
    restore_after: Seconds = 30
    restore_within: Seconds = 30 * 86_400
    purge_after: Seconds = 4 * 3600
    purge_at: Seconds = 90 * 86_400
    rotate_every: Seconds = 3600
    sync_after: Seconds = 3600
    acknowledge_within: Seconds = 4 * 3600
    reclaim_after: Seconds = 0

    def windows(self) -> Windows:
        """Return them as the domain wants them."""
        return Windows(**{name: timedelta(seconds=getattr(self, name)) for name in self.__struct_fields__})


class IdentityProvider(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An OpenID provider whose tokens are taken.

    Args:
        issuer: value of ``iss`` in its tokens; its configuration is read below this address.
        audience: what must be in ``aud``.
        account: id of the account whose identities it speaks for.
        claim: which claim tells who it is; ``email`` counts only where ``email_verified`` is true.
        identities: IAM ids by the values of that claim; others can but be trusted by a profile.
        cluster: CRN of the Kubernetes cluster of whose service accounts the tokens are, if they are such.
        jwks_url: where its keys are, if that is not to be read in its configuration.
        ca_file: PEM file with the only authorities to trust for its certificate.
    """

    issuer: Issuer
    audience: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    account: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
    identities: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=256)]] = {}
    cluster: Annotated[str, msgspec.Meta(pattern=r"^crn:(?:[^:]*:){8}[^:]*\Z", max_length=512)] | None = None
    claim: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] = "sub"
    jwks_url: HttpsUrl | None = None
    ca_file: Path | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a server is told; relative paths start at the folder of the settings file.

    Args:
        data: folder of database, unit and audit log.
        node: name of this process; each process on one database has its own, and its own audit log.
        host: address to listen on.
        port: TCP port; 0 takes a free one.
        public_url: where clients reach this server, without a path; default is host and port.
        private_listen: address and port, like ``10.0.0.5:8444``, of a second listener; what comes in there
            came over the private endpoint. Nowhere by default, and all comes over the public one.
        private_url: where clients reach the private endpoint, without a path; default is `private_listen`.
            Alone it names a private endpoint that another process on the database listens for.
        database: store address; the default is SQLite in ``data``.
        tls_certificate: PEM file with the certificate chain.
        tls_key: PEM file with its private key.
        seal: how the master key rests: a key file of its own, or a passphrase.
        seal_file: the key file, or the file that holds the passphrase; default ``data/unit/seal.key``.
        issuer: value of ``iss`` in access tokens.
        token_seconds: lifetime of an access token.
        identity_providers: whose tokens are taken beside our own.
        connections_per_address: how many one address, or one IPv6 network of 64 bits, may have open; default
            half of all. Who comes through a proxy has the proxy's address.
        wrong_credentials_per_minute: how many API keys and refresh tokens that nobody has may come from one
            address, or one IPv6 network of 64 bits, before it gets no token for the rest of the minute.
        requests_per_second: how many requests one instance takes of all its callers together; default is no
            limit. Each process counts for itself.
        unwraps_per_second: how many unwraps one caller may ask for in one instance; default is no limit. Each
            process counts for itself, since it was started.
        unwraps_per_day: likewise, in 24 hours from the first; all processes on a database count together.
        trusted_proxies: addresses and networks of proxies, separated by commas, whose ``X-Forwarded-For`` is
            believed; by default nobody's.
        metrics_listen: address and port, like ``127.0.0.1:9464``, on which ``/metrics`` is served; nowhere by
            default. Beyond loopback only to who has a client certificate.
        metrics_client_authority: PEM file of the authorities whose client certificates may read the metrics;
            they are served over TLS then.
        tracing: whether spans of requests are sent to where the ``OTEL_…`` variables say; it needs the extra
            ``keystead[tracing]``.
        waits: waiting times of the key life cycle.
    """

    data: Path
    node: Node = "local"
    host: str = "127.0.0.1"
    port: Port = 8443
    public_url: Url | None = None
    private_listen: str | None = None
    private_url: Url | None = None
    database: str | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    seal: Literal["file", "passphrase"] = "file"
    seal_file: Path | None = None
    issuer: str = "https://iam.cloud.ibm.com/identity"
    token_seconds: TokenSeconds = 3600
    identity_providers: tuple[IdentityProvider, ...] = ()
    connections_per_address: Places | None = None
    wrong_credentials_per_minute: Times = 60
    requests_per_second: Times | None = None
    unwraps_per_second: Times | None = None
    unwraps_per_day: Times | None = None
    trusted_proxies: str = ""
    metrics_listen: str | None = None
    metrics_client_authority: Path | None = None
    tracing: bool = False
    waits: Waits = Waits()

    @property
    def store_url(self) -> str:
        """Address of the store."""
        return self.database or f"sqlite:///{(self.data / 'keystead.db').absolute()}"

    @property
    def endpoint(self) -> str:
        """Where clients reach the server: `public_url`, or what it listens on."""
        return self.public_url or _url(self.host, self.port)

    @property
    def endpoints(self) -> Endpoints:
        """Where clients reach the server, publicly and privately: what it is told, or listens on."""
        private = self.private_url
        if private is None and self.private_listen is not None:
            private = _url(*place_in("private_listen", self.private_listen))
        return Endpoints(self.endpoint, private)


def place_in(name: str, text: str) -> tuple[str, int]:
    """Return the address and the port that the setting *name* holds as *text*.

    Raises:
        SettingsError: it holds something else.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ip_address(host)
        number = int(port) if port.isascii() and port.isdigit() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:  # noqa: PLR2004 - ports
        raise SettingsError(f"{name} is {text!r}: an address and a port are needed, like 127.0.0.1:9464")
    return host, number


def _url(host: str, port: int) -> str:
    host = "localhost" if host in _EVERYWHERE else host
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"
