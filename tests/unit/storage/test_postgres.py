"""The store in PostgreSQL."""

from dataclasses import replace

import pytest

from keystead.storage import postgres
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
from suites.store_placed import PlacedSuite, removing
from suites.store_places import SQLPlace
from suites.store_processes import ProcessSuite
from suites.store_profiles import ProfileSuite
from suites.store_quotas import QuotaSuite
from suites.store_rosters import RosterSuite, Scene
from suites.store_samples import a_grant, in_loop, opened
from suites.store_suite import StoreSuite
from suites.store_tampering import TamperSuite


@pytest.fixture
def place(postgres_url: str) -> SQLPlace:
    return SQLPlace(postgres_url)


class TestPostgres(
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


@in_loop
async def test_who_holds_the_generation_back_gains_a_minute(
    place: SQLPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(place) as store, opened(place) as beside:
        scene = await Scene.of(store)
        grant = replace(a_grant(scene.ada.iam_id), account=scene.ada.account)
        await scene.put(grant)
        assert await beside.grants(scene.ada.iam_id) == (grant,)
        before = place.sql("SELECT revision FROM generations")[0]
        await store.commit(removing(grant), None)
        place.sql("UPDATE generations SET revision = :revision", **before)
        assert await beside.grants(scene.ada.iam_id) == (grant,)
        assert postgres._LONGEST == 60
        monkeypatch.setattr(postgres, "_LONGEST", 1e-9)  # so that all that was remembered is from before
        assert await beside.grants(scene.ada.iam_id) == ()
