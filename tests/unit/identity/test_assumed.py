"""A token of who assumed somebody says what let him, and is worth no more than that."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from keystead.domain.access import Caller
from keystead.domain.errors import Refused
from keystead.domain.identities import Identity
from keystead.domain.ids import PROFILES, IamId
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.domain.trust import Bond, Trust, Trusted
from unit.identity.fakes import ACCOUNT, ALICE, ROBOT, START, World
from unit.identity.forging import CLAIMS, HEADER, signed

CRN = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa::"
PART = f"crn-{CRN[:-1]}bucket:one"
PROFILE = Identity(
    iam_id=IamId(f"{PROFILES}1b7e0d6a-4f0e-4c1f-8a51-0d9a6b7c8d9e"),
    account=ACCOUNT,
    kind="profile",
    name="Profile-1b7e0d6a-4f0e-4c1f-8a51-0d9a6b7c8d9e",
    display_name="reader",
    created_at=START,
    trust=Trust(identities=(Trusted(iam_id=ALICE.iam_id, kind="user"),)),
)
SERVICE = replace(ALICE, iam_id=IamId(f"crn-{CRN}"), kind="service", name=CRN, display_name="store")
AUTHN = {"sub": ALICE.name, "iam_id": ALICE.iam_id, "name": "Alice"}
ASSUMED = CLAIMS | {
    "iam_id": PROFILE.iam_id,
    "id": PROFILE.iam_id,
    "sub": PROFILE.name,
    "authn": AUTHN,
    "bond": "identity",
    "apikey_id": "ApiKey-alices-key",
}
AS_PART = ASSUMED | {
    "iam_id": PART,
    "id": PART,
    "sub": PART,
    "authn": {"sub": CRN, "iam_id": SERVICE.iam_id},
    "bond": "part",
    "apikey_id": "ApiKey-services-key",
}


def a_world() -> World:
    world = World()
    for who in (PROFILE, SERVICE):
        world.directory.identities[who.iam_id] = who
    world.add_key("services-key", SERVICE)
    return world


def ask(world: World, claims: dict[str, object]) -> Caller:
    return asyncio.run(world.service.authenticate(f"Bearer {signed(HEADER, claims)}"))


def is_refused(claims: dict[str, object], world: World | None = None) -> bool:
    try:
        ask(world or a_world(), claims)
    except Refused as refused:
        return refused.reason is Reason.UNAUTHORIZED
    return False


def test_a_profile_and_a_part_are_who_they_are_and_who_is_behind() -> None:
    profile, part = ask(a_world(), ASSUMED), ask(a_world(), AS_PART)
    assert (profile.iam_id, profile.kind, profile.person) == (PROFILE.iam_id, "profile", ALICE.iam_id)
    assert (part.service_crn, part.kind, part.person) == (PART[4:], "service", SERVICE.iam_id)


WRONG: dict[str, dict[str, object]] = {
    "a profile that nobody assumed": {"bond": None},
    "another bond": {"bond": "ClaimRule-1.1"},
    "a bond that is no text": {"bond": 1},
    "an empty bond": {"bond": ""},
    "somebody who is not trusted": {
        "authn": {**AUTHN, "iam_id": ROBOT.iam_id},
        "apikey_id": "ApiKey-robots-key",
    },
    "an outsider": {"authn": {**AUTHN, "iam_id": "oidc-https://idp.example#alice"}},
    "nobody behind": {"authn": None},
    "somebody behind without a name": {"authn": {"iam_id": ALICE.iam_id}},
    "a list behind": {"authn": [ALICE.iam_id]},
    "a provider that is not known": {"bond_realm": "https://idp.example"},
    "a provider that is no text": {"bond_realm": True},
    "the key of another": {"apikey_id": "ApiKey-robots-key"},
    "a user who assumed a user": {"iam_id": ROBOT.iam_id, "id": ROBOT.iam_id},
    "himself": {"iam_id": ALICE.iam_id, "id": ALICE.iam_id},
}


@pytest.mark.parametrize("how", WRONG)
def test_what_let_nobody_assume_a_profile(how: str) -> None:
    claims = ASSUMED | WRONG[how]
    assert is_refused({name: value for name, value in claims.items() if value is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"iam_id": PART.replace("77aa", "88bb"), "id": PART.replace("77aa", "88bb")},
        {"iam_id": "crn-x", "id": "crn-x"},
        {"authn": AUTHN, "apikey_id": "ApiKey-alices-key"},
        {"authn": {"sub": "x", "iam_id": "oidc-https://idp.example#x"}},
    ],
)
def test_what_is_no_part_of_who_asked(changes: dict[str, object]) -> None:
    assert is_refused(AS_PART | changes)


def test_a_token_names_what_it_stands_on() -> None:
    async def story() -> None:
        world = a_world()
        own = KeyMaterial((await world.token()).encode())
        who = await world.service.vouch(own)
        bond = PROFILE.trust.bond(who)
        assert bond is not None
        world.clock.advance(3000)
        issued = await world.service.issue_as(PROFILE, who, bond, "default", "a grant")
        assert issued.expires_in == 600  # what was left of her own
        text = issued.access_token.reveal().decode()
        header = f"Bearer {text}"
        caller = await world.service.authenticate(header)
        assert caller.until == (START + timedelta(hours=1)).replace(microsecond=0)
        with pytest.raises(Refused):
            await world.service.vouch(issued.access_token)
        world.directory.identities[PROFILE.iam_id] = replace(PROFILE, trust=Trust(), revision=2)
        with pytest.raises(Refused):
            await world.service.authenticate(header)

    asyncio.run(story())


@pytest.mark.parametrize("characters", [9000, 4000])
def test_who_is_called_too_much_for_a_token_gets_none(characters: int) -> None:
    async def story() -> None:
        world = a_world()
        who = await world.service.vouch(KeyMaterial((await world.token()).encode()))
        long = replace(who, name="a" * characters, display_name="b" * characters)
        with pytest.raises(Refused):
            await world.service.issue_as(PROFILE, long, Bond("x"), "d", "g")

    asyncio.run(story())
