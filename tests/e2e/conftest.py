"""Servers and the database for the tests of this folder."""

from e2e.console import console
from postgres import postgres_cluster, postgres_url
from servers import server, strict_server

__all__ = ["console", "postgres_cluster", "postgres_url", "server", "strict_server"]
