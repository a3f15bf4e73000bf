"""`keystead access remove`: somebody who leaves is out at once, in every process."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from e2e.places import made
from servers import run


def test_a_user_is_out_at_once_in_every_process(tmp_path: Path) -> None:
    place = made(tmp_path, "a", "b")

    def access(*words: str) -> str:
        done = run("access", *words, "--config", "a.toml", folder=tmp_path)
        return done.stdout if done.returncode == 0 else done.stderr

    told = access("user", "bob@example.com", "--role", "Manager").splitlines()
    apikey, iam_id = told[-1].split()[-1], told[-2].split()[-1]
    with ExitStack() as stack:
        servers = [stack.enter_context(place.serving(node)) for node in ("a", "b")]
        bobs = [replace(it, exports={**it.exports, "KEYSTEAD_API_KEY": apikey}) for it in servers]
        clients = [stack.enter_context(it.client()) for it in bobs]
        assert [client.get("/api/v2/keys").status_code for client in clients] == [200, 200]
        assert access("remove", "bob@example.com") == f"removed   {iam_id} (bob@example.com)\n"
        assert [client.get("/api/v2/keys").status_code for client in clients] == [401, 401]
        form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": apikey}
        for client in clients:
            del client.headers["authorization"]
            assert client.post("/identity/token", data=form).status_code == 400
        assert "last Administrator" in access("remove", "owner@example.com")
        with servers[0].client() as owner:
            assert owner.get("/api/v2/keys").status_code == 200
    events = (tmp_path / "data" / "audit" / "admin" / "events").read_text().splitlines()
    mine = [line for line in events if "iam-identity.identity.delete" in line]
    assert ['"success"' in line and iam_id in line for line in mine] == [True, False]
