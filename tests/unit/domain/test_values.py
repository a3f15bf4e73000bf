"""Small values: events' severity, API keys, resource names, changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keystead.domain.changes import Change, KeyWrite, TokenWrite
from keystead.domain.events import severity_after
from keystead.domain.identities import Account, ApiKey
from keystead.domain.ids import AccountId, IamId, RingId
from keystead.domain.instances import Instance
from keystead.domain.permissions.row import Severity
from keystead.domain.rings import Ring
from unit.domain.records import INSTANCE, ROOT, T0, TOKEN

ACCOUNT = AccountId("0123456789abcdef0123456789abcdef")
OWN: list[Severity] = ["normal", "warning", "critical"]

RING = Ring(instance=INSTANCE, id=RingId("ring-a"))


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("code", [401, 403, 500, 503, 507])
def test_refused_and_broken_is_critical(code: int, own: Severity) -> None:
    """AT-5; it lists 500 for the dedicated tier only, but a broken record matters in every tier."""
    assert severity_after(code, own) == "critical"


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("code", [400, 409, 424, 502, 504, 505])
def test_mistakes_are_warnings(code: int, own: Severity) -> None:
    assert severity_after(code, own) == "warning"


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("code", [200, 201, 204, 404, 405, 410, 422, 429, 501])
def test_the_rest_keeps_the_actions_own_level(code: int, own: Severity) -> None:
    assert severity_after(code, own) == own


API_KEY = ApiKey(
    id="ApiKey-1", iam_id=IamId("IBMid-1"), account=ACCOUNT, name="n", digest=bytes(32), created_at=T0
)


def test_an_api_key_is_usable_until_it_ends() -> None:
    tick = timedelta(microseconds=1)
    assert API_KEY.usable(T0)
    assert replace(API_KEY, expires_at=T0).usable(T0 - tick)
    assert not replace(API_KEY, expires_at=T0).usable(T0)
    assert not replace(API_KEY, expires_at=T0).usable(T0 + tick)


@pytest.mark.parametrize("spoilt", [replace(API_KEY, locked=True), replace(API_KEY, disabled=True)], ids="ld")
def test_a_locked_or_disabled_api_key_is_not_usable(spoilt: ApiKey) -> None:
    assert not spoilt.usable(T0)


@pytest.mark.parametrize("service", ["kms", "hs-crypto"])
def test_resource_names_have_ten_segments(service: str) -> None:
    """Terraform reads segments 4 and 9, the third-last and the last (kms-api.md section 1.9)."""
    instance = Instance(
        id=INSTANCE, account=ACCOUNT, name="n", service=service, region="us-south", created_at=T0
    )
    assert instance.crn == f"crn:v1:bluemix:public:{service}:us-south:a/{ACCOUNT}:{INSTANCE}::"
    segments = instance.key_crn(ROOT.id).split(":")
    assert len(segments) == len(instance.crn.split(":")) == 10
    assert (segments[4], segments[-3], segments[8], segments[9]) == (service, INSTANCE, "key", ROOT.id)


def test_an_empty_change_is_nothing_and_any_part_is_something() -> None:
    changes = [Change() for _ in range(6)]
    assert not any(changes)
    changes[0].save(ROOT, was=None)
    changes[1].purge(ROOT)
    changes[2].put_token(TOKEN, was=None)
    changes[3].add(Account(id=ACCOUNT, name="n", created_at=T0))
    changes[4].put(RING, was=None)
    changes[5].remove(RING)
    assert all(changes)
    condition = Change()
    condition.need_ring(INSTANCE, RING.id)  # writes nothing by itself
    assert not condition


def test_a_change_says_what_stood_before() -> None:
    change, new = Change(), replace(ROOT, revision=2)
    change.save(new, was=ROOT)
    change.purge(new)
    change.put_token(TOKEN, was=None)
    assert change.keys == [KeyWrite(new, ROOT), KeyWrite(None, new)]
    assert change.tokens == [TokenWrite(TOKEN, None)]
