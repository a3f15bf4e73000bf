"""IBM's platform SDK shows the users of an account (`ibm-platform-services`, UserManagementV1)."""

from collections.abc import Iterator
from typing import Any

import pytest
from ibm_platform_services import UserManagementV1
from ibm_platform_services.user_management_v1 import UserList, UserProfile, UsersPager

from servers import Server, run
from wire.test_iam_identity import connected, identity, mine, refused

__all__ = ["identity", "mine"]


@pytest.fixture
def users(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    client = connected(UserManagementV1, server, server.apikey)
    yield client
    client.get_http_client().close()


def test_users_are_listed_and_read(server: Server, users: Any, mine: Any) -> None:
    listed = UserList.from_dict(
        users.list_users(mine.account_id, user_id="Developer@Example.com").get_result()
    )
    (owner,) = listed.resources
    assert (owner.iam_id, owner.email, owner.state) == (mine.iam_id, "developer@example.com", "ACTIVE")
    read = UserProfile.from_dict(users.get_user_profile(mine.account_id, owner.iam_id).get_result())
    assert read == owner
    data = server.log.parent / "data"
    assert run("access", "user", "wire@example.com", "--data", data, folder=server.log.parent).returncode == 0
    pager = UsersPager(client=users, account_id=mine.account_id, limit=1)
    found = [it["email"] for it in pager.get_all()]
    assert {"developer@example.com", "wire@example.com"} <= set(found)
    assert len(found) == len(set(found))
    assert refused(users.get_user_profile, mine.account_id, "IBMid-0").status_code == 404
    assert refused(users.list_users, "0" * 32).status_code == 404
    (gone,) = users.list_users(mine.account_id, user_id="wire@example.com").get_result()["resources"]
    assert users.remove_user(mine.account_id, gone["iam_id"]).get_status_code() == 204
    assert refused(users.remove_user, mine.account_id, gone["iam_id"]).status_code == 404
    assert refused(users.get_user_profile, mine.account_id, gone["iam_id"]).status_code == 404
    assert (
        refused(users.remove_user, mine.account_id, mine.iam_id).status_code == 409
    )  # the last Administrator
