"""The rows of the route table about registrations. Source: ``spec/kms-api.md`` sections 1.11 and 2.1."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.rest import registrations
from keystead.protocols.rest.row import BASE, KEY, row

_REGISTRATION: Final = f"{KEY}/registrations/{{crn}}"
_LISTED: Final = "Registrations could not be retrieved"
_REGISTERED: Final = "Registration could not be created"
_UPDATED: Final = "Registration could not be updated"
_DELETED: Final = "Registration could not be deleted"
REGISTRATIONS: Final = tuple(
    row(method, path, action, door, 200, phrase)
    for method, path, action, door, phrase in (
        (
            "GET",
            f"{BASE}/keys/registrations",
            Action.REGISTRATION_LIST,
            registrations.list_registrations,
            _LISTED,
        ),
        (
            "GET",
            f"{KEY}/registrations",
            Action.REGISTRATION_LIST_KEY,
            registrations.list_registrations,
            _LISTED,
        ),
        (
            "POST",
            f"{KEY}/registrations",
            Action.REGISTRATION_DEACTIVATE,
            registrations.deactivate_registrations,
            _DELETED,
        ),
        (
            "POST",
            _REGISTRATION,
            Action.REGISTRATION_CREATE,
            registrations.create_registration,
            _REGISTERED,
        ),
        ("PUT", _REGISTRATION, Action.REGISTRATION_WRITE, registrations.replace_registration, _UPDATED),
        ("PATCH", _REGISTRATION, Action.REGISTRATION_MERGE, registrations.update_registration, _UPDATED),
        ("DELETE", _REGISTRATION, Action.REGISTRATION_DELETE, registrations.delete_registration, _DELETED),
    )
)
