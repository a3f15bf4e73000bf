"""A hundred forgers at once at the grants that take the token of a service or of a cluster's workload.

``hostile/test_forged_at_once.py`` does the same over TLS with forgeries of a user's token.
"""

import asyncio
import json
from typing import Final

from api import Api
from conformance.granting import authorization, make
from conformance.profiles import CLUSTER, Realms, below, exchange, link, scene
from conformance.services import a_service
from conformance.world import World
from forgeries import forgeries
from keystead.domain.actions import Role
from keystead.domain.ids import random_uuid
from keystead.domain.reasons import Reason

FORGERS: Final = 100


async def check_all_refused(api: Api, grant: str, field: str, token: str, public: bytes, **more: str) -> None:
    """Check that *token* is taken, and none of a hundred forgeries of it, all at once."""
    known = list(forgeries(token, public).values())
    forged = [known[number % len(known)] for number in range(FORGERS)]
    assert (await exchange(api, grant, **{field: token}, **more)).status == 200
    answers = await asyncio.gather(*(exchange(api, grant, **{field: it}, **more) for it in forged))
    assert {(it.status, it.json["errorCode"]) for it in answers} == {(400, str(Reason.IAM_PROFILE))}
    assert (await exchange(api, grant, **{field: token}, **more)).status == 200


def test_nobody_becomes_a_profile_with_a_forged_token_of_a_workload(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        realms = Realms(admin)
        await below(admin, profile, "links", link())
        api = world.beside(admin, externals=realms.externals)
        public = json.dumps(realms.providers[CLUSTER].keys[0]).encode()
        await check_all_refused(
            api, "cr-token", "cr_token", realms.workload(), public, profile_id=profile["id"]
        )

    world.run(story())


def test_nobody_becomes_a_part_of_a_service_with_a_forged_token_of_it(world: World) -> None:
    async def story() -> None:
        admin, _, _ = await scene(world)
        whole = f"crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:{random_uuid()}::"
        service = await a_service(admin, whole)
        await make(admin, authorization(admin, "cloud-object-storage", Role.READER))
        public = json.dumps((await service.send("GET", "/identity/keys")).json["keys"][0]).encode()
        part = f"crn-{whole.removesuffix('::')}:bucket:ledger"
        await check_all_refused(
            service, "iam-authz", "access_token", service.token, public, desired_iam_id=part
        )

    world.run(story())
