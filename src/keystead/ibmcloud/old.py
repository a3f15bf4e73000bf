"""Older spellings that scripts still use, as today's. Source: ``spec/cli.md`` section 6, CLI-1 and CLI-2a."""

from collections.abc import Sequence
from typing import Final

_MOVED: Final = {
    ("create",): ("key", "create"),
    ("list",): ("keys",),
    ("get",): ("key", "show"),
    ("wrap",): ("key", "wrap"),
    ("unwrap",): ("key", "unwrap"),
    ("rotate",): ("key", "rotate"),
    ("delete",): ("key", "delete"),
    ("restore",): ("key", "restore"),
    ("policies",): ("key", "policies"),
    ("policy", "get"): ("key", "policies"),
    ("import-token", "get"): ("import-token", "show"),
    ("import-token", "encrypt-nonce"): ("import-token", "nonce-encrypt"),
    ("import-token", "encrypt-key"): ("import-token", "key-encrypt"),
}
_SETS: Final = (("policy", "set"), ("key", "policy-update"))
_TYPES: Final = ("rotation", "dual-auth-delete")
_NAMESPACES: Final = ("kp", "key-protect")
_BEFORE: Final = ("-i", "--instance-id", "-instance-id")
_QUIET: Final = ("-q", "--quiet")


def modern(words: Sequence[str]) -> list[str]:
    """Return *words* in today's spelling; what is not old stays as it is."""
    rest = list(words)
    ahead: list[str] = []
    while rest and rest[0] in _QUIET:
        ahead.append(rest.pop(0))
    if not rest or rest[0] not in _NAMESPACES:
        return rest + ahead
    rest, named = _without_instance(rest[1:])
    return ["kp", *_today(rest), *named, *ahead]


def _without_instance(words: list[str]) -> tuple[list[str], list[str]]:
    """Take ``-i ID`` from between the namespace and the command."""
    if words and words[0] in _BEFORE:
        return words[2:], ["-i", *words[1:2]]
    if words and words[0].partition("=")[0] in _BEFORE:
        return words[1:], ["-i", words[0].partition("=")[2]]
    return words, []


def _today(words: list[str]) -> list[str]:
    if tuple(words[:2]) in _SETS:
        return _policy_update(words[2:])
    for path, now in _MOVED.items():
        if tuple(words[: len(path)]) == path:
            return [*now, *words[len(path) :]]
    return words


def _policy_update(words: list[str]) -> list[str]:
    """Return today's ``key policy-update TYPE KEY`` for the old ``KEY --set-type TYPE -p N`` (OLD-1)."""
    if words and words[0] in _TYPES:
        return ["key", "policy-update", *words]
    kept: list[str] = []
    found = ""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name == "set-type":
            found = value if equals else next(rest, "")
        elif word.startswith("-") and name in {"p", "policy"}:
            kept += ["-m", value if equals else next(rest, "")]
        else:
            kept.append(word)
    return ["key", "policy-update", *filter(None, [found]), *kept]
