"""`iam user-polic…`, `service-polic…`, `trusted-profile-polic…` and `access-group-polic…`.

Source: ``spec/cli.md`` 2.2.
"""

from keystead.ibmcloud.call import Call
from keystead.ibmcloud.iam import policies_of
from keystead.ibmcloud.iam.policy_api import Policies, Subject


def user_policies(call: Call) -> None:
    """List the policies of a user."""
    policies_of.list_policies(*_user(call))


def user_policy(call: Call) -> None:
    """Show a policy of a user."""
    policies_of.show_policy(*_user(call))


def create_user_policy(call: Call) -> None:
    """Grant roles to a user."""
    policies_of.create_policy(*_user(call))


def update_user_policy(call: Call) -> None:
    """Change a policy of a user."""
    policies_of.update_policy(*_user(call))


def delete_user_policy(call: Call) -> None:
    """Delete a policy of a user."""
    policies_of.delete_policy(*_user(call))


def _user(call: Call) -> tuple[Call, Policies, Subject]:
    policies = Policies.open(call)
    return call, policies, {"iam_id": policies.user(call.argument())}


def service_policies(call: Call) -> None:
    """List the policies of a service id."""
    policies_of.list_policies(*_service(call))


def service_policy(call: Call) -> None:
    """Show a policy of a service id."""
    policies_of.show_policy(*_service(call))


def create_service_policy(call: Call) -> None:
    """Grant roles to a service id."""
    policies_of.create_policy(*_service(call))


def update_service_policy(call: Call) -> None:
    """Change a policy of a service id."""
    policies_of.update_policy(*_service(call))


def delete_service_policy(call: Call) -> None:
    """Delete a policy of a service id."""
    policies_of.delete_policy(*_service(call))


def _service(call: Call) -> tuple[Call, Policies, Subject]:
    policies = Policies.open(call)
    return call, policies, {"iam_id": policies.service_id(call.argument())}


def profile_policies(call: Call) -> None:
    """List the policies of a trusted profile."""
    policies_of.list_policies(*_profile(call))


def profile_policy(call: Call) -> None:
    """Show a policy of a trusted profile."""
    policies_of.show_policy(*_profile(call))


def create_profile_policy(call: Call) -> None:
    """Grant roles to a trusted profile."""
    policies_of.create_policy(*_profile(call))


def update_profile_policy(call: Call) -> None:
    """Change a policy of a trusted profile."""
    policies_of.update_policy(*_profile(call))


def delete_profile_policy(call: Call) -> None:
    """Delete a policy of a trusted profile."""
    policies_of.delete_policy(*_profile(call))


def _profile(call: Call) -> tuple[Call, Policies, Subject]:
    policies = Policies.open(call)
    return call, policies, {"iam_id": policies.profile(call.argument())}


def group_policies(call: Call) -> None:
    """List the policies of an access group."""
    policies_of.list_policies(*_group(call))


def group_policy(call: Call) -> None:
    """Show a policy of an access group."""
    policies_of.show_policy(*_group(call))


def create_group_policy(call: Call) -> None:
    """Grant roles to an access group."""
    policies_of.create_policy(*_group(call))


def update_group_policy(call: Call) -> None:
    """Change a policy of an access group."""
    policies_of.update_policy(*_group(call))


def delete_group_policy(call: Call) -> None:
    """Delete a policy of an access group."""
    policies_of.delete_policy(*_group(call))


def _group(call: Call) -> tuple[Call, Policies, Subject]:
    policies = Policies.open(call)
    return call, policies, {"access_group_id": policies.group(call.argument())}
