"""`kp key wrap`, `unwrap` and `rotate`. Source: ``spec/cli.md`` 4.4."""

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.kp import material
from keystead.ibmcloud.kp.api import key_at
from keystead.ibmcloud.kp.base64s import octets


def wrap(call: Call) -> None:
    """Wrap a data key; one that the server makes is not shown, `unwrap` shows it."""
    body = _aad(call)
    if (plaintext := call.line.text("plaintext")) is not None:
        octets("plaintext", plaintext)
        body["plaintext"] = plaintext
    keys = call.keys()
    call.screen.say("Wrapping key...")
    ciphertext = keys.flat("POST", key_at(call.argument(), "/actions/wrap"), body).get("ciphertext", "")
    call.screen.result({"Ciphertext": ciphertext}, ["Ciphertext"], [[ciphertext]])


def unwrap(call: Call) -> None:
    """Open a wrapped data key; a new ciphertext comes with it when the key was rotated since."""
    body: Resource = {"ciphertext": call.argument(1), **_aad(call)}
    keys = call.keys()
    call.screen.say("Unwrapping key...")
    answer = keys.flat("POST", key_at(call.argument(), "/actions/unwrap"), body)
    names = {"Plaintext": "plaintext", "Rewrapped Plaintext": "ciphertext"}
    found = {label: answer.get(name) or "" for label, name in names.items()}
    call.screen.result(found, list(found), [list(found.values())])


def rotate(call: Call) -> None:
    """Give a root key a new version: of the server's making, or from new material."""
    body = material.members(call.line)
    keys = call.keys()
    call.screen.say("Rotating root key...")
    keys.ask("POST", key_at(call.argument(), "/actions/rotate"), body or None)
    call.screen.done()


def _aad(call: Call) -> Resource:
    given = call.line.listed("aad")
    return {"aad": given} if given else {}
