"""What the operator may do with a trusted profile on the server's machine."""

from pathlib import Path

import pytest

from api import Api, with_api
from conformance.profiles import make_profile
from keystead.domain.actions import Action, Role
from keystead.domain.errors import KeysteadError
from keystead.domain.ids import IamId
from keystead.service.operator import AddApiKey, AddGrant


def test_the_operator_grants_to_a_profile_and_gives_it_no_api_key(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        subject = IamId((await make_profile(api))["iam_id"])
        grant = AddGrant(subject=subject, roles=(Role.READER,), ring=None, key=None)
        made = await api.service.operate(Action.GRANT_CREATE, grant, api.instance.id)
        assert made.subject == subject
        order = AddApiKey(subject=subject, name="its own", digest=b"d" * 32)
        with pytest.raises(KeysteadError, match="is a trusted profile"):
            await api.service.operate(Action.API_KEY_GIVE, order, api.instance.id)

    with_api(tmp_path, story)
