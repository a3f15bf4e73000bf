"""The ends of lines of progress: whose account it is, and who asks."""

from keystead.ibmcloud import store
from keystead.ibmcloud.call import Call


def under(call: Call) -> str:
    """Return the end of a line about what is in the account."""
    return f"under {_account(call)}"


def of(call: Call) -> str:
    """Return the end of a line about what belongs to the account."""
    return f"of {_account(call)}"


def _account(call: Call) -> str:
    account = store.read(call.environment).get("Account") or {}
    return f"account {account.get('Name')} as {account.get('Owner')}"
