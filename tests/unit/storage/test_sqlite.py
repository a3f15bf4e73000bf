"""The store in a SQLite file."""

from pathlib import Path

import pytest

from suites.store_access_groups import AccessGroupSuite
from suites.store_bookings import BookingSuite
from suites.store_contexts import ContextSuite
from suites.store_due import DueSuite
from suites.store_grants import GrantSuite, RoleSuite
from suites.store_groups import ResourceGroupSuite
from suites.store_instances import InstanceSuite
from suites.store_key_uses import KeyUseSuite
from suites.store_kmip import KmipSuite
from suites.store_listing import ListingSuite
from suites.store_notices import NoticeSuite
from suites.store_orders import OrderSuite
from suites.store_owners import OwnerSuite
from suites.store_placed import PlacedSuite
from suites.store_places import SQLPlace, sqlite_place
from suites.store_processes import ProcessSuite
from suites.store_profiles import ProfileSuite
from suites.store_quotas import QuotaSuite
from suites.store_rosters import RosterSuite
from suites.store_suite import StoreSuite
from suites.store_tampering import TamperSuite


@pytest.fixture
def place(tmp_path: Path) -> SQLPlace:
    return sqlite_place(tmp_path)


class TestSQLite(
    StoreSuite,
    DueSuite,
    ListingSuite,
    OrderSuite,
    PlacedSuite,
    QuotaSuite,
    OwnerSuite,
    ProfileSuite,
    AccessGroupSuite,
    GrantSuite,
    RoleSuite,
    ContextSuite,
    InstanceSuite,
    ResourceGroupSuite,
    BookingSuite,
    KmipSuite,
    NoticeSuite,
    KeyUseSuite,
    ProcessSuite,
    RosterSuite,
    TamperSuite,
):
    """The contract, with listings, several processes, and somebody who edits rows."""
