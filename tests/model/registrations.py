"""Registrations: services write those of their own resources, and keys that have some are kept from harm."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from urllib.parse import quote

from http_peer import Answer
from model.bench import SERVICES
from model.machine import FLAGS, NUMBERS, PEOPLE, TENANTS, Base, may, require
from model.reference import ModelKey, ModelRegistration, Verdict
from model.walk import step

_OWNERS: Final = tuple(SERVICES)
_WRITERS: Final = (None, None, None, None, *_OWNERS, "owner")  # None stands for the resource's own service
_RESOURCES: Final = ("one", "two", "three")
_TAGS: Final = ("right", "right", "right", "*", "older", None)
_VERSIONS: Final = (None, None, 0, 1, -1, "of no key")
_PREVENT: Final = (None, None, False, True)
_ONLY: Final = ("", "", "true", "false", *_OWNERS)
_ALL: Final = tuple(product(_OWNERS, _RESOURCES))
_SEVERAL: Final = (*product(_ALL, repeat=1), *product(_ALL, repeat=2), _ALL[:3], _ALL[:2], _ALL[:2])
Fits = Callable[[str, ModelRegistration], bool]


@dataclass(frozen=True)
class Wish:
    """What a request says, of what."""

    key: ModelKey | None
    name: str  # of the key, in the path
    owner: str
    crn: str
    prevent: bool | None = None
    version: str | None = None

    @property
    def body(self) -> dict[str, object]:
        said = {"preventKeyDeletion": self.prevent, "keyVersionId": self.version}
        return {"resources": [{name: value for name, value in said.items() if value is not None}]}


class Registrations(Base):
    """Steps with registrations. Source: ``spec/kms-api.md`` section 2.14."""

    @step(
        5,
        tenant=TENANTS,
        who=_WRITERS,
        number=NUMBERS,
        owner=_OWNERS,
        resource=_RESOURCES,
        prevent=_PREVENT,
        version=_VERSIONS,
    )
    def register(
        self,
        tenant: int,
        who: str | None,
        number: int,
        *,
        owner: str,
        resource: str,
        prevent: bool | None = None,
        version: int | str | None = None,
    ) -> None:
        key = self.pick(tenant, number)
        crn = self.crn(tenant, owner, resource)
        wish = Wish(key, self.name_of(key, number), owner, crn, prevent, _named(key, version))
        answer = self.about(tenant, who, "POST", wish)
        verdict = _denied(wish, who)
        if verdict is None and key is not None:
            verdict = key.registering(self.now) or _fresh(key, crn) or key.version_of(wish.version, None)
        require(answer, verdict or (200, None))
        if verdict is None and key is not None:
            _note(key, wish, answer, whole=True)

    @step(
        6,
        tenant=TENANTS,
        who=_WRITERS,
        number=NUMBERS,
        which=NUMBERS,
        prevent=_PREVENT,
        version=_VERSIONS,
        tag=_TAGS,
        whole=FLAGS,
    )
    def register_again(
        self,
        tenant: int,
        who: str | None,
        number: int,
        which: int,
        *,
        prevent: bool | None = None,
        version: int | str | None = None,
        tag: str | None = "right",
        whole: bool = False,
    ) -> None:
        """Replace what was said, or change what is said now."""
        key, owner, crn = self.registered(tenant, number, which)
        wish = Wish(key, self.name_of(key, number), owner, crn, prevent, _named(key, version))
        was = key.registrations.get(crn) if key is not None else None
        match = (
            was.tags[-1 if tag == "right" else 0] if was is not None and tag in ("right", "older") else tag
        )
        answer = self.about(tenant, who, "PUT" if whole else "PATCH", wish, match)
        verdict = _denied(wish, who) or (key.registering(self.now) if key is not None else None)
        if verdict is None and key is not None:
            verdict = _unmatched(was, match) or key.version_of(wish.version, was)
        require(answer, verdict or (200, None))
        if verdict is None and key is not None:
            _note(key, wish, answer, whole=whole)

    @step(2, tenant=TENANTS, who=_WRITERS, number=NUMBERS, which=NUMBERS)
    def deregister(self, tenant: int, who: str | None, number: int, which: int) -> None:
        key, owner, crn = self.registered(tenant, number, which)
        wish = Wish(key, self.name_of(key, number), owner, crn)
        answer = self.about(tenant, who, "DELETE", wish)
        verdict = _denied(wish, who) or _unmatched(key.registrations.get(crn) if key else None, "*")
        require(answer, verdict or (200, None))
        if verdict is None and key is not None:
            del key.registrations[crn]

    @step(3, tenant=TENANTS, who=_WRITERS, number=NUMBERS, crns=_SEVERAL)
    def deregister_several(
        self, tenant: int, who: str | None, number: int, crns: tuple[tuple[str, str], ...]
    ) -> None:
        """All of them are taken off the key, or none."""
        key, owner = self.pick(tenant, number), crns[0][0]
        named = [self.crn(tenant, *it) for it in crns]
        path = f"/keys/{self.name_of(key, number)}/registrations?action=deactivate"
        body = {"resources": [{"resourceCrn": crn} for crn in named]}
        answer = self.ask(tenant, who or owner, "POST", path, body)
        verdict: Verdict = None
        for (service, _), crn in zip(crns, named, strict=True):
            mine = Wish(key, "", service, crn)
            there = key.registrations.get(crn) if key is not None else None
            verdict = verdict or _denied(mine, who or owner) or _unmatched(there, "*")
        require(answer, verdict or (200, None))
        if verdict is None and key is not None:
            assert [it["resourceCrn"] for it in answer.json["resources"]] == list(dict.fromkeys(named))
            for crn in dict.fromkeys(named):
                del key.registrations[crn]

    @step(3, tenant=TENANTS, who=(*PEOPLE, *_OWNERS), number=NUMBERS, only=_ONLY)
    def list_registrations(self, tenant: int, who: str, number: int, only: str = "") -> None:
        """Of one key, and of all; all of them, or only some."""
        key, (query, fits) = self.pick(tenant, number), self._filter(tenant, only)
        answer = self.ask(tenant, who, "GET", f"/keys/{self.name_of(key, number)}/registrations{query}")
        if not self.refused(answer, key, "registrations", who) and key is not None:
            require_listed(answer, [key], fits)
        answer = self.ask(tenant, who, "GET", f"/keys/registrations{query}")
        if may(who, "list"):
            require_listed(answer, list(self.models[tenant].keys.values()), fits)
        else:
            assert answer.status == 401

    def _filter(self, tenant: int, only: str) -> tuple[str, Fits]:
        """Return a query, and what it finds."""
        if only in ("true", "false"):
            return f"?preventKeyDeletion={only}", lambda _, it: it.prevent is (only == "true")
        if only:
            pattern = self.crn(tenant, only, "t*")
            query = f"?urlEncodedResourceCRNQuery={quote(pattern, safe='')}"
            return query, lambda crn, _: crn.startswith(pattern.rstrip("*"))
        return "", lambda *_: True

    def registered(self, tenant: int, number: int, which: int) -> tuple[ModelKey | None, str, str]:
        """Return a key, and the owner and CRN of a resource that is registered with it where one is."""
        key = self.pick(tenant, number)
        crns = sorted(key.registrations) if key is not None else []
        if not crns or which % 8 == 7:
            return key, _OWNERS[0], self.crn(tenant, _OWNERS[0], "one")
        crn = crns[which % len(crns)]
        return key, crn.split(":")[4], crn

    def crn(self, tenant: int, owner: str, resource: str) -> str:
        account = self.tenants[tenant]["owner"].instance.account
        return f"{SERVICES[owner].format(account=account)[:-2]}:bucket:{resource}"

    def about(
        self, tenant: int, who: str | None, method: str, wish: Wish, match: str | None = None
    ) -> Answer:
        path = f"/keys/{wish.name}/registrations/{quote(wish.crn, safe='')}"
        body = None if method == "DELETE" else wish.body
        return self.ask(tenant, who or wish.owner, method, path, body, match=match)


def require_listed(answer: Answer, keys: list[ModelKey], fits: Fits) -> None:
    require(answer, (200, None))
    expected = sorted((key.id, crn) for key in keys for crn, it in key.registrations.items() if fits(crn, it))
    assert [(it["keyId"], it["resourceCrn"]) for it in answer.json["resources"]] == expected
    by_id = {key.id: key for key in keys}
    for it in answer.json["resources"]:
        require_shown(it, by_id[it["keyId"]].registrations[it["resourceCrn"]])


def require_shown(shown: Any, it: ModelRegistration) -> None:
    assert (shown["keyVersion"]["id"], shown["preventKeyDeletion"]) == (it.version, it.prevent)


def _denied(wish: Wish, who: str | None) -> Verdict:
    """Return how it is refused before anybody looks at what the key has."""
    if who not in (None, *_OWNERS):
        return 403, "SERVICE_ONLY_ERR"
    if wish.key is None:
        return 404, "KEY_NOT_FOUND_ERR"
    return None if who in (None, wish.owner) else (403, "RESOURCE_OWNER_ERR")


def _fresh(key: ModelKey, crn: str) -> Verdict:
    return (409, "REGISTRATION_NOT_UNIQUE_ERR") if crn in key.registrations else None


def _unmatched(was: ModelRegistration | None, match: str | None) -> Verdict:
    if was is None:
        return 404, "REGISTRATION_NOT_FOUND_ERR"
    return None if match in ("*", was.tags[-1]) else (412, "PRECONDITION_FAILED_ERR")


def _named(key: ModelKey | None, version: int | str | None) -> str | None:
    """Return the id of one of the key's versions, or of none."""
    if isinstance(version, int) and key is not None and key.versions:
        return key.versions[version % len(key.versions)]
    return None if version is None else "of no key"


def _note(key: ModelKey, wish: Wish, answer: Answer, *, whole: bool) -> None:
    was = key.registrations.get(wish.crn)
    kept = was.prevent if was is not None and not whole else False
    it = ModelRegistration(
        version=wish.version or (was.version if was is not None else key.versions[-1]),
        prevent=kept if wish.prevent is None else wish.prevent,
        tags=[*(was.tags if was is not None else []), answer.headers["etag"]],
    )
    key.registrations[wish.crn] = it
    require_shown(answer.resource, it)
