"""Runs Terraform, or OpenTofu, with a provider that is not installed, in front of a recorder."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2

from api import APIKEY_GRANT
from servers import Server, reader
from terraform.recorder import Exchange, Recorder, recording

HERE: Final = Path(__file__).parent
BUILT: Final = HERE.parents[1] / "build" / "terraform"
MATERIAL: Final = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
_SECONDS: Final = 300
_OVERRIDES: Final = """provider_installation {{
  dev_overrides {{
    "ibm-cloud/ibm" = "{folder}"
  }}
  direct {{}}
}}
"""


@dataclass
class Terraform:
    """One configuration in a folder of its own, and what was called for it, by step."""

    tool: Path
    folder: Path
    environment: dict[str, str]
    recorder: Recorder
    steps: dict[str, list[Exchange]] = field(default_factory=dict)

    def run(self, step: str, *words: str, code: int = 0) -> str:
        """Run one command, whose calls belong to *step*, and return what it wrote."""
        done = subprocess.run(
            [self.tool, *words, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        self.steps.setdefault(step, []).extend(self.recorder.taken())
        assert done.returncode == code, (
            f"{words}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
        return done.stdout

    def ids(self) -> dict[str, str]:
        """Return the id of each resource by its address."""
        shown = json.loads(self.run("show", "show", "-json"))["values"]["root_module"]["resources"]
        return {it["address"]: it["values"]["id"] for it in shown if it["mode"] == "managed"}

    def importing(self, ids: Mapping[str, str]) -> None:
        """Have the next `apply` import what has these *ids*, by address, all in one run."""
        blocks = (f'import {{\n  to = {address}\n  id = "{its_id}"\n}}\n' for address, its_id in ids.items())
        (self.folder / "imports.tf").write_text("".join(blocks))


@contextmanager
def configured(server: Server, sample: str, folder: Path, **variables: str) -> Iterator[Terraform]:
    """Yield Terraform on a copy of *sample* with *variables*; nothing that it calls may go elsewhere."""
    shutil.copytree(HERE / sample, folder)
    tls = Path(server.ca_file).parent
    port = int(server.url.rpartition(":")[2])
    with recording(port, tls / "server.pem", tls / "server.key", server.ca_file) as recorder:
        exported = {n: recorder.url if value == server.url else value for n, value in server.exports.items()}
        environment = reader() | exported | {f"TF_VAR_{name}": value for name, value in variables.items()}
        environment |= logged_in(server) if is_old() else {}
        environment |= {
            "HTTPS_PROXY": recorder.proxy,
            "HTTP_PROXY": recorder.proxy,
            "CHECKPOINT_DISABLE": "1",
        }
        environment["TF_CLI_CONFIG_FILE"] = str(folder / "overrides.tfrc")
        (folder / "overrides.tfrc").write_text(_OVERRIDES.format(folder=_provider()))
        yield Terraform(_tool(), folder, environment, recorder)
        assert recorder.elsewhere == []


def may_run() -> bool:
    """Tell whether both programs are there, or have to be."""
    built = _tool().exists() and (_provider() / "terraform-provider-ibm").exists()
    return built or "KEYSTEAD_REQUIRE_TERRAFORM" in os.environ


def is_old() -> bool:
    """Tell whether the provider that was given is of the generation of 1.26."""
    return os.environ.get("KEYSTEAD_TERRAFORM_PROVIDER_IS") == "1.26"


def logged_in(server: Server) -> dict[str, str]:
    """Return the variables of a login, without the API key: given that, the provider 1.26 asks IBM (TF-9)."""
    tokens = _tokens(server)
    return {
        "IC_IAM_TOKEN": f"Bearer {tokens['access_token']}",
        "IC_IAM_REFRESH_TOKEN": tokens["refresh_token"],
        "IBMCLOUD_API_KEY": "",
    }


def names(server: Server, recorder: Recorder) -> dict[str, str]:
    """Return the names of values that are known before anything is asked, by value."""
    account, owner = owned(_tokens(server)["access_token"])
    known = {server.apikey: "apikey", recorder.url: "url", server.url: "url"}
    return known | {account: "account", owner: "owner"}


def owned(token: str) -> tuple[str, str]:
    """Return the account that an access token names, and the e-mail address of whose it is."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return str(claims["account"]["bss"]), str(claims["email"])


def owner_of(server: Server) -> str:
    """Return the e-mail address of the owner of the server's account."""
    return owned(_tokens(server)["access_token"])[1]


def _tokens(server: Server) -> dict[str, str]:
    form = {"grant_type": APIKEY_GRANT, "apikey": server.apikey}
    answer = httpx2.post(f"{server.url}/identity/token", data=form, verify=server.context, trust_env=False)
    tokens: dict[str, str] = answer.json()
    return tokens


def _tool() -> Path:
    return Path(os.environ.get("KEYSTEAD_TERRAFORM_TOOL", BUILT / "tofu"))


def _provider() -> Path:
    return Path(os.environ.get("KEYSTEAD_TERRAFORM_PROVIDER", BUILT / "provider"))
