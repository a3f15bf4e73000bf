"""Where the suites' assertions explain themselves, and the PostgreSQL that they need."""

import pytest

pytest.register_assert_rewrite(
    "suites.store_suite",
    "suites.store_due",
    "suites.store_kmip",
    "suites.store_listing",
    "suites.store_orders",
    "suites.store_owners",
    "suites.store_processes",
    "suites.store_quotas",
    "suites.store_tampering",
)

from postgres import postgres_cluster, postgres_url  # noqa: E402

__all__ = ["postgres_cluster", "postgres_url"]
