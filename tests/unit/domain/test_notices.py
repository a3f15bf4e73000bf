"""How a notice is tried, and who is told what."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from keystead.domain.happenings import MOST_RESOURCES, Happening, last_kind
from keystead.domain.ids import InstanceId
from keystead.domain.keys import KeyState
from keystead.domain.notices import KEPT, NoticeKind
from keystead.domain.receivers import BadReceiver, receiver_name, receiver_url
from keystead.domain.registrations import Registration
from suites.store_notices import a_notice
from suites.store_placed import a_registration
from suites.store_samples import NOW, a_key

KEY = a_key(InstanceId("1"))
COS, DISK = "cloud-object-storage", "databases"


def a_resource(number: int, service: str = COS, instance: str = "1") -> Registration:
    crn = f"crn:v1:bluemix:public:{service}:global:a/1:{instance}:bucket:{number:03}"
    return replace(a_registration(KEY.instance, KEY.id), crn=crn)


def happening(kind: NoticeKind = NoticeKind.ROTATE) -> Happening:
    until = NOW + timedelta(hours=4)
    return Happening(kind=kind, key=KEY, key_crn="crn:key", at=NOW, until=until, correlation_id="7d0a")


def test_it_is_tried_again_after_a_while_that_doubles() -> None:
    notice = a_notice(InstanceId("1"), tries=0, failure=None, said=None)
    waits, now = [], NOW
    while (notice := notice.failed(now, "no")).due_at < notice.until:
        waits.append((notice.due_at - now).total_seconds())
        now = notice.due_at
    assert waits[:8] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert set(waits[8:]) == {300}
    assert notice.delivered().due_at == notice.until
    assert notice.expired(now).due_at == notice.acknowledged(now, "DEK_ENABLED").due_at == now + KEPT


def test_each_instance_of_a_service_that_hears_is_told_of_its_own() -> None:
    mine = [a_resource(number) for number in range(MOST_RESOURCES + 1)]
    theirs, disk, deaf = a_resource(1, instance="2"), a_resource(1, DISK), a_resource(1, "deaf")
    told = happening().notices([*mine, theirs, disk, deaf], {COS, DISK, "other"}, map(str, count()))
    parts = [(it.service, len(it.resources)) for it in told]
    assert parts == [(COS, MOST_RESOURCES), (COS, 1), (COS, 1), (DISK, 1)]
    assert [crn for it in told for crn in it.resources] == [it.crn for it in (*mine, theirs, disk)]
    assert len({it.id for it in told}) == len(told)


def test_the_versions_before_and_after_are_named() -> None:
    (rotated,) = happening().notices([a_resource(1)], {COS}, map(str, count()))
    assert rotated.new_version is not None
    assert [rotated.version.id, rotated.new_version.id] == [version.id for version in KEY.versions]
    (disabled,) = happening(NoticeKind.DISABLE).notices([a_resource(1)], {COS}, map(str, count()))
    assert (disabled.version.id, disabled.new_version) == (KEY.current.id, None)


@pytest.mark.parametrize(
    ("state", "rotated_last", "kind"),
    [
        (KeyState.DESTROYED, True, NoticeKind.DELETE),
        (KeyState.SUSPENDED, True, NoticeKind.DISABLE),
        (KeyState.ACTIVE, True, NoticeKind.ROTATE),
        (KeyState.ACTIVE, False, NoticeKind.ENABLE),
    ],
)
def test_what_happened_last_shows(state: KeyState, rotated_last: bool, kind: NoticeKind) -> None:
    acted = NOW if rotated_last else NOW + timedelta(seconds=1)
    assert last_kind(replace(KEY, state=state, rotated_at=NOW, acted_at=acted)) is kind


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "https://",
        "https:///path",
        "https://user@receiver.example/",
        "https://user:password@receiver.example/",
        "https://receiver.example/#part",
        "https://receiver.example/a b",
        "https://receiver.example/\n",
        "https://receiver.example:http/",
        "https://receiver.example:99999/",
        "https://[::1/",
        "https://réceiver.example/",
        "ftp://receiver.example/",
        "receiver.example",
        "https://receiver.example/" + "a" * 2048,
        "",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(BadReceiver):
        receiver_url(url)


@pytest.mark.parametrize("url", ["https://receiver.example", "https://[::1]:8443/keys?of=mine"])
def test_addresses_that_are_taken(url: str) -> None:
    assert receiver_url(url) == url


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "a\n", "a" * 64])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(BadReceiver):
        receiver_name(name)
