"""What is recorded of a new identity, and of an API key of it."""

from keystead.domain.crns import SEGMENTS
from keystead.domain.errors import KeysteadError
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.ids import AccountId, IamId
from keystead.service.case import Case, Tools


def new_user(email: str, account: AccountId, case: Case, tools: Tools) -> Identity:
    """Return a user of *account*, who is called by his *email* address."""
    return Identity(
        iam_id=IamId(f"IBMid-{tools.new_id().replace('-', '')[:10].upper()}"),
        account=account,
        kind="user",
        name=email,
        display_name=email.partition("@")[0],
        created_at=case.now,
    )


def new_service_id(name: str, account: AccountId, case: Case, tools: Tools) -> Identity:
    """Return a service id of *account* that is shown as *name*."""
    uuid = tools.new_id()
    return Identity(
        iam_id=IamId(f"iam-ServiceId-{uuid}"),
        account=account,
        kind="serviceid",
        name=f"ServiceId-{uuid}",
        display_name=name,
        created_at=case.now,
    )


def new_service(crn: str, account: AccountId, case: Case) -> Identity:
    """Return the identity of the cloud service, or instance of one, with this *crn*, for *account*.

    Raises:
        KeysteadError: it is no CRN.
    """
    if len(crn.split(":")) != SEGMENTS or not crn.startswith("crn:"):
        raise KeysteadError(f"{crn} is no CRN: ten segments are needed, the fifth of which names the service")
    return Identity(
        iam_id=IamId(f"crn-{crn}"),
        account=account,
        kind="service",
        name=crn,
        display_name=crn.split(":")[4],
        created_at=case.now,
    )


def new_api_key(owner: Identity, name: str, digest: bytes, case: Case, tools: Tools) -> ApiKey:
    """Return an API key of *owner*, whose text has the keyed hash *digest*."""
    return ApiKey(
        id=f"ApiKey-{tools.new_id()}",
        iam_id=owner.iam_id,
        account=owner.account,
        name=name,
        digest=digest,
        created_at=case.now,
    )
