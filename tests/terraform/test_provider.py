"""The real provider, driven by the real tool, against a real server: `make terraform` builds and runs them.

The calls are compared with the recordings in `calls/`, which `test_calls.py` asks again in each run of tests.
"""

import os
import re
from pathlib import Path

import pytest

from certificates import a_certificate
from servers import Server, strict_server
from terraform.driving import HERE, MATERIAL, Terraform, configured, is_old, may_run, names, owner_of
from terraform.transcripts import Data, Namer, read, recorded, write

__all__ = ["strict_server"]
pytestmark = pytest.mark.skipif(not may_run(), reason="`make terraform` builds the provider and the tool")


def test_the_sample_of_section_5(strict_server: Server, tmp_path: Path) -> None:
    sample = "older" if is_old() else "sample"
    with configured(strict_server, sample, tmp_path / sample, material=MATERIAL) as terraform:
        terraform.run("plan", "plan", "-out=planned")
        terraform.run("apply", "apply", "-parallelism=1", "planned")
        terraform.run("second plan", "plan", "-detailed-exitcode")
        changed = ("-var=months=4", "-var=name=payroll and pensions")
        terraform.run("change", "apply", "-auto-approve", "-parallelism=1", *changed)
        terraform.run("plan after the change", "plan", "-detailed-exitcode", *changed)
        ids = terraform.ids()
        terraform.run("show", "state", "rm", *ids)
        for address, its_id in ids.items():
            terraform.run("import", "import", *changed, address, its_id)
        terraform.run("plan after the import", "plan", "-detailed-exitcode", *changed)
        terraform.run("destroy", "destroy", "-auto-approve", "-parallelism=1")
        check(terraform, sample, names(strict_server, terraform.recorder))


@pytest.mark.skipif(is_old(), reason="the provider 1.26 has none of them")
def test_every_other_resource_and_what_can_be_looked_up(strict_server: Server, tmp_path: Path) -> None:
    certificate = a_certificate()
    given = {"material": MATERIAL, "certificate": certificate}
    with configured(strict_server, "wider", tmp_path / "wider", **given) as terraform:
        terraform.run("plan", "plan", "-out=planned")
        terraform.run("apply", "apply", "-parallelism=1", "planned")
        terraform.run("second plan", "plan", "-detailed-exitcode")
        terraform.run("destroy", "destroy", "-auto-approve", "-parallelism=1")
        check(terraform, "wider", {certificate: "certificate"} | names(strict_server, terraform.recorder))


@pytest.mark.skipif(is_old(), reason="the provider 1.26 has few of them")
def test_who_may_use_keys_and_from_where(strict_server: Server, tmp_path: Path) -> None:
    owner = owner_of(strict_server)
    with configured(strict_server, "access", tmp_path / "access", user=owner) as terraform:
        changed = ("-var=mode=report", "-var=contract=until 2100")
        # The id of the tag says not which kind of tags it is.
        live(terraform, *changed, kept=("ibm_resource_tag.access",))
        check(terraform, "access", names(strict_server, terraform.recorder))


@pytest.mark.skipif(is_old(), reason="the provider 1.26 has few of them")
def test_access_groups(strict_server: Server, tmp_path: Path) -> None:
    owner = owner_of(strict_server)
    with configured(strict_server, "groups", tmp_path / "groups", user=owner) as terraform:
        changed = ("-var=about=they pay", "-var=member=pensions", "-var=closing=16:00:00+00:00")
        live(terraform, *changed)
        check(terraform, "groups", names(strict_server, terraform.recorder))


def live(terraform: Terraform, *changed: str, kept: tuple[str, ...] = ()) -> None:
    """Make a configuration, change it, import all of it but what is *kept*, and destroy it."""
    terraform.run("plan", "plan", "-out=planned")
    terraform.run("apply", "apply", "-parallelism=1", "planned")
    terraform.run("second plan", "plan", "-detailed-exitcode")
    terraform.run("change", "apply", "-auto-approve", "-parallelism=1", *changed)
    terraform.run("plan after the change", "plan", "-detailed-exitcode", *changed)
    ids = {address: its_id for address, its_id in terraform.ids().items() if address not in kept}
    terraform.run("show", "state", "rm", *ids)
    terraform.importing(ids)
    told = terraform.run("import", "apply", "-auto-approve", "-parallelism=1", *changed)
    assert re.search(rf"{len(ids)} imported, 0 added, \d+ changed, 0 destroyed", told), told
    terraform.run("plan after the import", "plan", "-detailed-exitcode", *changed)
    terraform.run("destroy", "destroy", "-auto-approve", "-parallelism=1")


def check(terraform: Terraform, sample: str, known: dict[str, str]) -> None:
    """Compare what was called with the recording, which KEYSTEAD_TERRAFORM_RECORD=1 makes anew."""
    namer, steps = Namer(known), {step: found for step, found in terraform.steps.items() if step != "show"}
    calls = {step: recorded(found, namer) for step, found in steps.items()}
    file = HERE / "calls" / f"{sample}.json"
    if os.environ.get("KEYSTEAD_TERRAFORM_RECORD"):
        write(file, calls)
    assert {step: outline(found) for step, found in calls.items()} == {
        step: outline(found) for step, found in read(file).items()
    }


def outline(calls: list[Data]) -> set[str]:
    """Return what was called and how it ended; order and number follow from what happens to be faster."""
    return {
        re.sub(r"\{([a-z]+)\d+\}", r"{\1}", f"{it['method']} {it['target']} {it['status']}") for it in calls
    }
