"""Tracing, where the settings ask for it; else nothing of it is loaded or stands in a request's way."""

from typing import TYPE_CHECKING

from keystead.config import Settings, SettingsError

if TYPE_CHECKING:
    from keystead.spans import Tracing


def start_tracing(settings: Settings) -> "Tracing | None":
    """Return what makes spans and sends them to where the ``OTEL_…`` variables say, or ``None``.

    Raises:
        SettingsError: what it takes is not installed.
    """
    if not settings.tracing:
        return None
    try:
        from keystead.spans import Tracing, provider_from_environment  # noqa: PLC0415 - a quarter of a second
    except ImportError:
        raise SettingsError("tracing needs packages of its own: pip install 'keystead[tracing]'") from None
    return Tracing(provider_from_environment())
