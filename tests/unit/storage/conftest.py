"""The PostgreSQL that the suites need."""

from postgres import postgres_cluster, postgres_url

__all__ = ["postgres_cluster", "postgres_url"]
