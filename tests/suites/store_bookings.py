"""What every store does with what processes book: seen by all at once, and written over nothing newer."""

from dataclasses import replace
from datetime import timedelta

from keystead.domain.allowances import Booked
from keystead.domain.errors import Conflict
from keystead.domain.ids import IamId, InstanceId
from suites.store_placed import putting
from suites.store_quotas import at_once
from suites.store_samples import NOW, Place, an_instance, in_loop, opened


def a_booking(instance: InstanceId, count: int = 10) -> Booked:
    return Booked(instance=instance, subject=IamId("IBMid-1"), until=NOW + timedelta(days=1), count=count)


class BookingSuite:
    """Bookings."""

    @in_loop
    async def test_a_booking_is_seen_everywhere_and_stays(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            was = a_booking(await an_instance(store))
            assert await beside.booked(was.instance, was.subject) is None
            await store.commit(putting(was), None)
            new = replace(was, count=20)
            assert await beside.booked(was.instance, was.subject) == was
            await beside.commit(putting(new, was), None)
            assert await store.booked(was.instance, was.subject) == new
            assert await store.booked(was.instance, IamId("IBMid-2")) is None
        async with opened(place) as store:
            assert await store.booked(was.instance, was.subject) in (new, None)  # memory forgets

    @in_loop
    async def test_of_many_who_book_at_once_one_does(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance = await an_instance(store)
            first = [putting(a_booking(instance, number)) for number in range(1, 5)]
            outcomes = await at_once((store, beside), first)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
            was = await store.booked(instance, IamId("IBMid-1"))
            assert was is not None
            nexts = [putting(replace(was, count=was.count + number), was) for number in range(1, 5)]
            outcomes = await at_once((store, beside), nexts)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
