"""`iam trusted-profile…`. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at
from keystead.ibmcloud.iam.api import Identities, the_one
from keystead.ibmcloud.iam.policy_api import Policies
from keystead.ibmcloud.screen import members, write
from keystead.ibmcloud.words import WrongUsage

_LABELS: Final = {"ID": "id", "Name": "name", "Description": "description", "IAM ID": "iam_id", "CRN": "crn"}
_KINDS: Final = ("user", "serviceid", "crn")


def profiles(call: Call) -> None:
    """List trusted profiles."""
    identities = Identities.open(call)
    call.screen.say("Getting all trusted profiles under current account...")
    found = identities.profiles()
    rows = [members(one, "id", "name", "created_at", "description") for one in found]
    call.screen.result(found, ("ID", "Name", "Created At", "Description"), rows)


def profile(call: Call) -> None:
    """Show a trusted profile, by name or id."""
    one = the_one(Identities.open(call).profiles(), "Trusted profile", call.argument())
    if call.line.on("uuid") and not call.screen.is_json:
        write(str(one.get("id")))
    else:
        _shown(call, one)


def create_profile(call: Call) -> None:
    """Make a trusted profile, which trusts nobody yet."""
    identities, name = Identities.open(call), call.argument()
    body: Resource = {"account_id": identities.account, "name": name}
    if (text := call.line.text("description")) is not None:
        body["description"] = text
    call.screen.say(f"Creating trusted profile {name} under current account...")
    _shown(call, identities.one("POST", "/v1/profiles", body))


def delete_profile(call: Call) -> None:
    """Delete a trusted profile; whoever is it now, is nobody any more."""
    identities = Identities.open(call)
    one = the_one(identities.profiles(), "Trusted profile", call.argument())
    if not call.line.on("force"):
        require_yes(f"Really delete {one.get('name')} with ID {one.get('id')}?")
    call.screen.say(f"Deleting {one.get('name')}...")
    identities.ask("DELETE", at("v1/profiles", str(one["id"])))
    call.screen.done()


def trusted(call: Call) -> None:
    """List the users and service ids that may be a trusted profile."""
    identities = Identities.open(call)
    call.screen.say(f"Getting identities of trusted profile {call.argument()}...")
    found = identities.one("GET", _below(call, identities)).get("identities") or []
    rows = [members(one, "identifier", "type", "description") for one in found]
    call.screen.result(found, ("ID", "Type", "Description"), rows)


def create_trusted(call: Call) -> None:
    """Let a user or service id be a trusted profile."""
    policies = Policies.open(call)
    kind, who, identifier = _who(call, policies)
    body: Resource = {"identifier": identifier, "type": kind}
    if (text := call.line.text("description")) is not None:
        body["description"] = text
    call.screen.say(f"Adding {who} to trusted profile {call.argument()}...")
    made = policies.one("POST", f"{_below(call, policies)}/{kind}", body)
    if call.screen.is_json:
        call.screen.json(made)
    else:
        call.screen.ok()


def delete_trusted(call: Call) -> None:
    """Let a user or service id be a trusted profile no longer."""
    policies = Policies.open(call)
    kind, who, identifier = _who(call, policies)
    if not call.line.on("force"):
        require_yes(f"Really remove {who} from trusted profile {call.argument()}?")
    call.screen.say(f"Removing {who} from trusted profile {call.argument()}...")
    policies.ask("DELETE", at(f"{_below(call, policies)[1:]}/{kind}", identifier))
    call.screen.done()


def _who(call: Call, policies: Policies) -> tuple[str, str, str]:
    """Return of which type somebody is, how he was named, and what he is called."""
    kind, who = call.line.needed("type"), call.line.needed("id")
    if kind not in _KINDS:
        raise WrongUsage("The value of '--type' must be user, serviceid or crn.")
    if kind == "crn":
        return kind, who, who
    return kind, who, policies.user(who) if kind == "user" else policies.service_id(who)


def _below(call: Call, identities: Identities) -> str:
    one = the_one(identities.profiles(), "Trusted profile", call.argument())
    return at("v1/profiles", str(one["id"]), "/identities")


def _shown(call: Call, one: Resource) -> None:
    if call.screen.is_json:
        call.screen.json(one)
        return
    call.screen.ok()
    call.screen.block({label: one.get(member) for label, member in _LABELS.items()})
