"""The route table of policies, roles and access groups.

Source: ``spec/iam-and-provisioning.md`` sections 2 and 3.6.
"""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.iam import access_groups, group_members, policies, roles
from keystead.protocols.iam.policies import V1, V2, Form
from keystead.protocols.iam.policy_errors import fault

_Row = tuple[str, str, Action, Door, int, str]
_ROLES: Final = "/v2/roles"
_ROLE: Final = f"{_ROLES}/{{role}}"
_GROUPS: Final = "/v2/groups"
_GROUP: Final = f"{_GROUPS}/{{accessgroup}}"
_MEMBERS: Final = f"{_GROUP}/members"
_MEMBER: Final = f"{_MEMBERS}/{{member}}"
_EVERYWHERE: Final = f"{_GROUPS}/_allgroups/members/{{member}}"
_V1: Final = "/v1/policies"


def _policies(path: str, form: Form) -> tuple[_Row, ...]:
    one = f"{path}/{{policy}}"
    return (
        ("GET", path, Action.POLICY_LIST, policies.list_all(form), 200, "Policies could not be listed"),
        ("POST", path, Action.POLICY_CREATE, policies.create(form), 201, "Policy could not be created"),
        ("GET", one, Action.POLICY_READ, policies.read_one(form), 200, "Policy could not be retrieved"),
        ("PUT", one, Action.POLICY_REPLACE, policies.replace(form), 200, "Policy could not be replaced"),
        ("DELETE", one, Action.POLICY_DELETE, policies.delete, 204, "Policy could not be deleted"),
    )


_ROWS: Final[tuple[_Row, ...]] = (
    *_policies(_V1, V1),
    ("PATCH", f"{_V1}/{{policy}}", Action.POLICY_RESTORE, policies.set_state, 200, "State could not be set"),
    *_policies("/v2/policies", V2),
    ("GET", _ROLES, Action.ROLE_LIST, roles.list_roles, 200, "Roles could not be listed"),
    ("GET", "/acms/v1/roles", Action.ROLE_LIST, roles.list_supported, 200, "Roles could not be listed"),
    ("POST", _ROLES, Action.ROLE_CREATE, roles.create_role, 201, "Role could not be created"),
    ("GET", _ROLE, Action.ROLE_READ, roles.read_role, 200, "Role could not be retrieved"),
    ("PUT", _ROLE, Action.ROLE_REPLACE, roles.replace_role, 200, "Role could not be replaced"),
    ("DELETE", _ROLE, Action.ROLE_DELETE, roles.delete_role, 204, "Role could not be deleted"),
    ("POST", _GROUPS, Action.ACCESS_GROUP_CREATE, access_groups.create, 201, "Group could not be created"),
    ("GET", _GROUPS, Action.ACCESS_GROUP_LIST, access_groups.list_groups, 200, "Groups could not be listed"),
    ("GET", _GROUP, Action.ACCESS_GROUP_READ, access_groups.read_group, 200, "Group could not be retrieved"),
    ("PATCH", _GROUP, Action.ACCESS_GROUP_UPDATE, access_groups.update, 200, "Group could not be updated"),
    ("DELETE", _GROUP, Action.ACCESS_GROUP_DELETE, access_groups.delete, 204, "Group could not be deleted"),
    ("PUT", _MEMBERS, Action.MEMBER_ADD, group_members.add, 207, "Members could not be added"),
    ("GET", _MEMBERS, Action.MEMBER_LIST, group_members.list_members, 200, "Members could not be listed"),
    (
        "POST",
        f"{_MEMBERS}/delete",
        Action.MEMBER_REMOVE_SEVERAL,
        group_members.remove_several,
        207,
        "Members could not be removed",
    ),
    ("HEAD", _MEMBER, Action.MEMBER_READ, group_members.check, 204, "Membership could not be checked"),
    ("DELETE", _MEMBER, Action.MEMBER_REMOVE, group_members.remove, 204, "Member could not be removed"),
    (
        "PUT",
        _EVERYWHERE,
        Action.MEMBER_ADD_EVERYWHERE,
        group_members.add_everywhere,
        207,
        "Member could not be added",
    ),
    (
        "DELETE",
        _EVERYWHERE,
        Action.MEMBER_REMOVE_EVERYWHERE,
        group_members.remove_everywhere,
        207,
        "Member could not be removed",
    ),
    (
        "GET",
        f"{_GROUP}/rules",
        Action.MEMBER_RULE_LIST,
        group_members.list_rules,
        200,
        "Rules could not be listed",
    ),
)
ROUTES: Final = tuple(
    Route(method=method, path=path, action=action, door=door, code=code, phrase=phrase, fault=fault)
    for method, path, action, door, code, phrase in _ROWS
)
