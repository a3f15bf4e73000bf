"""Where metrics are served: a listener of its own, and only where the settings ask for one."""

import logging
import ssl
from ipaddress import ip_address
from typing import Final

from keystead.config import Settings, SettingsError, place_in
from keystead.listening import Listener, bound_to, tls_context
from keystead.protocols.http.connections import Connections
from keystead.protocols.metrics.door import MetricsDoor
from keystead.running import Service

_MOST_CONNECTIONS: Final = 16  # a few scrapers; none of them may have the files of the API
_log = logging.getLogger(__name__)


def prepare_metrics(settings: Settings) -> None:
    """Check what *settings* say of metrics, and load what they take.

    Done before a service is opened: beside its threads, which make keys, loading takes many times as long.

    Raises:
        SettingsError: as `metrics_listener`, but for the address.
    """
    if settings.metrics_listen is not None:
        host, _ = place_in("metrics_listen", settings.metrics_listen)
        _tls(settings, host)
        import keystead.measuring  # noqa: F401, PLC0415 - 20 ms and 2 MiB: only who is scraped pays for it


def metrics_listener(service: Service, connections: Connections) -> Listener | None:
    """Return the listener for the metrics of *service* and *connections*; ``None`` where none is wanted.

    Raises:
        SettingsError: the address cannot be used, or everybody could read there.
    """
    settings = service.settings
    if settings.metrics_listen is None:
        return None
    host, port = place_in("metrics_listen", settings.metrics_listen)
    tls = _tls(settings, host)
    from keystead.measuring import Measuring  # noqa: PLC0415 - see above

    measuring = Measuring(service, connections)
    door = MetricsDoor(measuring.text, measuring.content_type)
    listener = Listener(
        bound_to(host, port), tls, Connections(door.answer, _MOST_CONNECTIONS, _MOST_CONNECTIONS)
    )
    facts = {"host": host, "port": listener.port, "tls": tls is not None}
    _log.info("metrics", extra={"facts": facts})
    return listener


def _tls(settings: Settings, host: str) -> ssl.SSLContext | None:
    """Return what is spoken at *host*; plain HTTP only where nobody from outside hears it."""
    authority = settings.metrics_client_authority
    if authority is None:
        if not ip_address(host).is_loopback:
            raise SettingsError(
                f"metrics_listen is {host}: beyond loopback, metrics_client_authority must say whose client "
                "certificates may read them"
            )
        return None
    context = tls_context(settings)
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(authority)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"metrics_client_authority {authority} cannot be used: {error}") from None
    return context
