"""`iam user-polic…`, `iam service-polic…` and `iam trusted-profile-polic…`. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.files import from_file
from keystead.ibmcloud.iam.policy_api import Policies
from keystead.ibmcloud.iam.policy_forms import (
    Said,
    completed,
    condition_of,
    exactly,
    of_resource,
    roles_of,
    tags_in,
    version_of,
)
from keystead.ibmcloud.iam.policy_resources import changed_resource, new_resource, tags_of
from keystead.ibmcloud.iam.policy_screen import facts, list_found, show

_BESIDE_A_FILE: Final = ("api-version", "force")


def user_policies(call: Call) -> None:
    """List the policies of a user."""
    policies = Policies.open(call)
    _list(call, policies, policies.user(call.argument()))


def user_policy(call: Call) -> None:
    """Show a policy of a user."""
    policies = Policies.open(call)
    _show(call, policies, policies.user(call.argument()))


def create_user_policy(call: Call) -> None:
    """Grant roles to a user."""
    policies = Policies.open(call)
    _create(call, policies, policies.user(call.argument()))


def update_user_policy(call: Call) -> None:
    """Change a policy of a user."""
    policies = Policies.open(call)
    _update(call, policies, policies.user(call.argument()))


def delete_user_policy(call: Call) -> None:
    """Delete a policy of a user."""
    policies = Policies.open(call)
    _delete(call, policies, policies.user(call.argument()))


def service_policies(call: Call) -> None:
    """List the policies of a service id."""
    policies = Policies.open(call)
    _list(call, policies, policies.service_id(call.argument()))


def service_policy(call: Call) -> None:
    """Show a policy of a service id."""
    policies = Policies.open(call)
    _show(call, policies, policies.service_id(call.argument()))


def create_service_policy(call: Call) -> None:
    """Grant roles to a service id."""
    policies = Policies.open(call)
    _create(call, policies, policies.service_id(call.argument()))


def update_service_policy(call: Call) -> None:
    """Change a policy of a service id."""
    policies = Policies.open(call)
    _update(call, policies, policies.service_id(call.argument()))


def delete_service_policy(call: Call) -> None:
    """Delete a policy of a service id."""
    policies = Policies.open(call)
    _delete(call, policies, policies.service_id(call.argument()))


def profile_policies(call: Call) -> None:
    """List the policies of a trusted profile."""
    policies = Policies.open(call)
    _list(call, policies, policies.profile(call.argument()))


def profile_policy(call: Call) -> None:
    """Show a policy of a trusted profile."""
    policies = Policies.open(call)
    _show(call, policies, policies.profile(call.argument()))


def create_profile_policy(call: Call) -> None:
    """Grant roles to a trusted profile."""
    policies = Policies.open(call)
    _create(call, policies, policies.profile(call.argument()))


def update_profile_policy(call: Call) -> None:
    """Change a policy of a trusted profile."""
    policies = Policies.open(call)
    _update(call, policies, policies.profile(call.argument()))


def delete_profile_policy(call: Call) -> None:
    """Delete a policy of a trusted profile."""
    policies = Policies.open(call)
    _delete(call, policies, policies.profile(call.argument()))


def _list(call: Call, policies: Policies, subject: str) -> None:
    version = version_of(call.line)
    call.screen.say(f"Getting policies of {call.argument()} under account {policies.account}...")
    list_found(call, policies.policies(version, iam_id=subject, type="access"), facts)


def _show(call: Call, policies: Policies, subject: str) -> None:
    version = version_of(call.line)
    call.screen.say(f"Getting policy {call.argument(1)} of {call.argument()}...")
    show(call, policies.policy(call.argument(1), subject, version)[0])


def _create(call: Call, policies: Policies, subject: str) -> None:
    whole = from_file(call.line, _BESIDE_A_FILE)
    version = version_of(call.line, whole)
    if whole is not None:
        body = completed(whole, version, "access", subject)
    else:
        body = _new(call, policies, subject).body(version)
    call.screen.say(f"Creating policy under account {policies.account} for {call.argument()}...")
    show(call, policies.create(version, body))


def _new(call: Call, policies: Policies, subject: str) -> Said:
    names = call.line.listed("roles")
    if not names:
        call.line.needed("roles")
    return Said(
        kind="access",
        subject=exactly({"iam_id": subject}),
        roles=policies.role_ids(names, call.line.text("service-name")),
        resource=new_resource(call, policies.account),
        tags=tags_of(call),
    )


def _update(call: Call, policies: Policies, subject: str) -> None:
    whole = from_file(call.line, _BESIDE_A_FILE)
    version = version_of(call.line, whole)
    was, tag = policies.policy(call.argument(1), subject, version)
    if whole is not None:
        body = completed(whole, version, "access", subject)
    else:
        body = _changed(call, policies, subject, was).body(version)
    call.screen.say(f"Updating policy {call.argument(1)} of {call.argument()}...")
    show(call, policies.replace(version, was, body, tag))


def _changed(call: Call, policies: Policies, subject: str, was: Resource) -> Said:
    """Return what a policy is to say: all as it *was*, with what is named in its place."""
    resource, roles = changed_resource(call, was), [str(it["role_id"]) for it in roles_of(was)]
    if names := call.line.listed("roles"):
        service = call.line.text("service-name") or of_resource(was).get("serviceName")
        roles = policies.role_ids(names, service)
    return Said(
        kind="access",
        subject=exactly({"iam_id": subject}),
        roles=roles,
        resource=resource,
        tags=tags_of(call) or tags_in(was),
        description=was.get("description") or "",
        condition=condition_of(was),
    )


def _delete(call: Call, policies: Policies, subject: str) -> None:
    policy_id = call.argument(1)
    policy, _ = policies.policy(policy_id, subject)
    if not call.line.on("force"):
        require_yes(f"Really delete policy {policy_id} of {call.argument()}?")
    call.screen.say(f"Deleting policy {policy_id} of {call.argument()}...")
    policies.delete(policy)
    call.screen.done()
