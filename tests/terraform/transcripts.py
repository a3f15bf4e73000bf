"""Recorded calls as data: what a client asked for and was answered, with a name wherever two runs differ.

`{uuid1}` is the same id wherever it stands. `{time}` and `{number}` stand for one that is another in each
run, `{token}`, `{refresh}` and `{secret}` for those that were given last. Of a request's headers, those in
`KEPT` stay; the tag in an `If-Match` was in no body, so a recording names any state.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from keystead.domain.catalog import ENTRIES
from terraform.recorder import Exchange

KEPT: Final = ("accept", "authorization", "bluemix-instance", "content-type", "prefer", "x-kms-key-ring")
FORMS: Final = {
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "hex": r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])",
    "iam": r"IBMid-[0-9A-F]+",
}
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_TOKENS: Final = {"access_token": "{token}", "refresh_token": "{refresh}", "apikey": "{secret}"}
_NUMBERS: Final = ("expiration", "ims_user_id")
_MOST: Final = 2  # entries of a long list that are kept
MORE: Final = "and so on"

Data = dict[str, Any]


@dataclass
class Namer:
    """Gives a name to what differs between runs; *known* are the names of values that are known before."""

    known: Mapping[str, str]
    _names: dict[str, str] = field(default_factory=dict)

    def named(self, text: str) -> str:
        """Return *text* with names in the place of ids."""
        for value, name in self.known.items():
            text = text.replace(value, f"{{{name}}}").replace(quote(value, safe=""), f"{{{name}}}")
        for form, pattern in FORMS.items():
            text = re.sub(pattern, lambda found, form=form: self._name(form, found[0]), text)  # type: ignore[misc]
        return text

    def _name(self, form: str, value: str) -> str:
        if value in ENTRIES:  # the catalog is the same on every server
            return value
        taken = sum(name.startswith(form) for name in self._names.values())
        return f"{{{self._names.setdefault(value, f'{form}{taken + 1}')}}}"

    def asked(self, value: Any) -> Any:
        """Return what was asked with names in the place of ids."""
        match value:
            case dict():
                return {name: self.asked(inner) for name, inner in value.items()}
            case list():
                return [self.asked(inner) for inner in value]
            case str():
                return self.named(value)
            case _:
                return value

    def answered(self, value: Any, member: str = "") -> Any:
        """Return what was answered with names in the place of what differs."""
        match value:
            case dict():
                return {name: self.answered(inner, name) for name, inner in value.items()}
            case list():
                kept = [self.answered(inner) for inner in value[:_MOST]]
                return kept if len(value) <= _MOST else [*kept, MORE]
            case str() if member in _TOKENS and value:
                return _TOKENS[member]
            case str():
                return "{time}" if _TIME.fullmatch(value) else self.named(value)
            case int() if member in _NUMBERS:
                return "{number}"
            case _:
                return value


def recorded(exchanges: Iterable[Exchange], namer: Namer) -> list[Data]:
    """Return *exchanges* as data; an answer that was given before to the same question is left out."""
    before: dict[str, str] = {}
    calls = []
    for exchange in exchanges:
        call = _asked(exchange, namer)
        answer = _decoded(exchange.answer)
        said = None if answer is None else namer.answered(answer)
        if said is not None and before.get(question(call)) != json.dumps(said):
            call["answer"] = said
            before[question(call)] = json.dumps(said)
        calls.append(call)
    return calls


def question(call: Data) -> str:
    """Return what was asked for: method and target."""
    return f"{call['method']} {call['target']}"


def _asked(exchange: Exchange, namer: Namer) -> Data:
    headers = {name: exchange.headers[name] for name in KEPT if name in exchange.headers}
    if headers.get("authorization", "").startswith("Bearer "):
        headers["authorization"] = "Bearer {token}"
    if "if-match" in exchange.headers:
        headers["if-match"] = "*"
    call: Data = {
        "method": exchange.method,
        "target": namer.named(exchange.target),
        "status": exchange.status,
    }
    call["headers"] = {name: namer.named(value) for name, value in headers.items()}
    if "urlencoded" in headers.get("content-type", ""):
        form = dict(parse_qsl(exchange.body.decode(), keep_blank_values=True))
        call["form"] = {name: namer.named(value) for name, value in form.items()}
        if "refresh_token" in form:
            call["form"]["refresh_token"] = "{refresh}"
    elif exchange.body:
        call["body"] = namer.asked(json.loads(exchange.body))
    return call


def _decoded(octets: bytes) -> Any:
    return json.loads(octets) if octets else None


def write(file: Path, steps: Mapping[str, list[Data]]) -> None:
    """Write the calls of each step, one call in a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = [
        f"{json.dumps(step)}: [\n"
        + ",\n".join(json.dumps(call, ensure_ascii=False) for call in calls)
        + "\n]"
        for step, calls in steps.items()
    ]
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def read(file: Path) -> dict[str, list[Data]]:
    """Return the calls of each step."""
    steps: dict[str, list[Data]] = json.loads(file.read_text())
    return steps
