"""Asks a server again what was recorded, and compares its answers with the recorded ones."""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from terraform.transcripts import FORMS, MORE, Data

_NAME: Final = re.compile(r"\{([a-z]+)(\d*)\}")
_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"


@dataclass
class Replay:
    """What the names of a recording are on this server, as far as it has said; *names* are known before."""

    names: dict[str, str] = field(default_factory=dict)

    def request(self, call: Data) -> tuple[str, str, dict[str, str], bytes | Any]:
        """Return method, target, headers and body of a recorded call; a body that is JSON as what it says."""
        headers = {name: self._said(value) for name, value in call["headers"].items()}
        target = self._said(call["target"])
        body = self._filled(call["body"]) if "body" in call else b""
        if "form" in call:
            body = urlencode(self._filled(call["form"])).encode()
        return call["method"], target, headers, body

    def differences(self, recorded: Any, live: Any, where: str = "") -> list[str]:
        """Return where *live* is not as recorded, and learn names from it; it may have more members."""
        match recorded:
            case dict():
                if not isinstance(live, dict):
                    return [f"{where}: {live!r} is no object"]
                return [
                    difference
                    for name, value in recorded.items()
                    for difference in self._member(value, live, name, where)
                ]
            case list():
                return self._list(recorded, live, where)
            case "{number}":
                same = isinstance(live, int)
            case str():
                same = isinstance(live, str) and self._learned(recorded, live)
            case _:
                same = bool(recorded == live)
        return [] if same else [f"{where}: {live!r} instead of {recorded!r}"]

    def _member(self, recorded: Any, live: dict[str, Any], name: str, where: str) -> list[str]:
        if name not in live:
            return [f"{where}.{name} is missing"]
        return self.differences(recorded, live[name], f"{where}.{name}")

    def _list(self, recorded: list[Any], live: Any, where: str) -> list[str]:
        some = recorded[-1:] == [MORE]
        wanted = recorded[:-1] if some else recorded
        if not isinstance(live, list) or len(live) < len(wanted) or (len(live) > len(wanted) and not some):
            return [f"{where}: {live!r} instead of {recorded!r}"]
        rest, found = list(live), list[str]()
        for number, one in enumerate(wanted):
            found += self.differences(one, rest.pop(self._place(one, rest)), f"{where}[{number}]")
        return found

    def _place(self, recorded: Any, rest: list[Any]) -> int:
        """Return where in *rest* the one with the id of *recorded* is: ids order some lists.

        Where that is not known it is the first with an id that is not known either, or the first.
        """
        wanted = recorded.get("id") if isinstance(recorded, dict) else None
        ids = [it.get("id") if isinstance(it, dict) else None for it in rest]
        if isinstance(wanted, str) and all(f"{it[1]}{it[2]}" in self.names for it in _NAME.finditer(wanted)):
            known = self._said(wanted)
            return ids.index(known) if known in ids else 0
        return next((n for n, it in enumerate(ids) if not self._has_known(it)), 0)

    def _has_known(self, live: Any) -> bool:
        """Tell whether what the server made, and is known, stands in *live*."""
        made = (value for name, value in self.names.items() if name.rstrip("0123456789") in FORMS)
        return isinstance(live, str) and any(value in live for value in made)

    def _learned(self, recorded: str, live: str) -> bool:
        """Tell whether *live* is as recorded; names that were unknown are known from then on."""
        if recorded in ("{token}", "{refresh}", "{secret}"):  # each is another
            self.names[recorded[1:-1]] = live
            return True
        seen: set[str] = set()
        found = re.fullmatch(_in_turn(recorded, lambda name, form: self._pattern(name, form, seen)), live)
        if found is not None:
            self.names |= found.groupdict()
        return found is not None

    def _pattern(self, name: str, form: str, seen: set[str]) -> str:
        if name in self.names:
            return re.escape(self.names[name])
        if form == "time":
            return _TIME
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{FORMS[form]})"

    def _said(self, text: str) -> str:
        return _NAME.sub(lambda found: self._known(found[1], found[2]), text)

    def _known(self, form: str, number: str) -> str:
        """Return what a name stands for; a UUID that no answer has said is one that the client made."""
        if form == "uuid":
            self.names.setdefault(form + number, str(uuid4()))
        return self.names[form + number]

    def _filled(self, value: Any) -> Any:
        match value:
            case dict():
                return {name: self._filled(inner) for name, inner in value.items()}
            case list():
                return [self._filled(inner) for inner in value]
            case str():
                return self._said(value)
            case _:
                return value


def _in_turn(recorded: str, pattern: Any) -> str:
    """Return a regular expression: *recorded* with `pattern(name, form)` in the place of its names."""
    parts, at = [], 0
    for found in _NAME.finditer(recorded):
        parts += [re.escape(recorded[at : found.start()]), pattern(found[1] + found[2], found[1])]
        at = found.end()
    return "".join([*parts, re.escape(recorded[at:])])
