"""The workloads that a trusted profile is linked to. Source: ``spec/iam-and-provisioning.md`` section 2."""

from dataclasses import dataclass, replace

from keystead.domain.errors import Refused
from keystead.domain.identities import Identity
from keystead.domain.reasons import Reason
from keystead.domain.trust import MOST_LINKS, Compute, Link
from keystead.service import whose
from keystead.service.case import Case, Tools
from keystead.service.profiles import the_profile, trusting


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A service account of a cluster, which is named by its CRN."""

    compute: Compute
    cluster: str
    namespace: str
    account: str

    def is_of(self, link: Link) -> bool:
        """Tell whether *link* is to it."""
        return (self.compute, self.cluster, self.namespace, self.account) == (
            link.compute,
            link.cluster,
            link.namespace,
            link.account,
        )


@dataclass(frozen=True, slots=True)
class CreateLink:
    """Link the profile with this id to a workload."""

    profile: str
    workload: Workload
    name: str

    async def run(self, case: Case, tools: Tools) -> Link:
        """Link it, unless it is linked to it, or to as many as it may be."""
        was, it = await the_profile(self.profile, case, tools), self.workload
        if len(was.trust.links) >= MOST_LINKS:
            raise Refused(Reason.IDENTITY_LIMIT, f"A trusted profile has at most {MOST_LINKS} links.")
        if any(it.is_of(link) for link in was.trust.links):
            raise Refused(Reason.IDENTITY_CHANGED, "The trusted profile is linked to this already.")
        made = Link(
            id=f"Link-{tools.new_id()}",
            compute=it.compute,
            cluster=it.cluster,
            namespace=it.namespace,
            account=it.account,
            created_at=case.now,
            name=self.name,
        )
        _put((*was.trust.links, made), was, made, case)
        return made


@dataclass(frozen=True, slots=True)
class ListLinks:
    """The links of the profile with this id."""

    profile: str

    async def run(self, case: Case, tools: Tools) -> tuple[Link, ...]:
        """Show them."""
        found = (await the_profile(self.profile, case, tools)).trust.links
        case.response["totalResources"] = len(found)
        return found


@dataclass(frozen=True, slots=True)
class ReadLink:
    """One link of the profile with this id."""

    profile: str
    id: str

    async def run(self, case: Case, tools: Tools) -> Link:
        """Show it."""
        return _the_link(self.id, await the_profile(self.profile, case, tools))


@dataclass(frozen=True, slots=True)
class DeleteLink:
    """Delete a link of the profile with this id, by the link's own id or by what it is to."""

    profile: str
    wanted: str | Workload

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it: tokens that were obtained by it are worth nothing from now on."""
        was = await the_profile(self.profile, case, tools)
        gone = _the_link(self.wanted, was)
        _put(tuple(it for it in was.trust.links if it != gone), was, gone, case)


def _the_link(wanted: str | Workload, profile: Identity) -> Link:
    for it in profile.trust.links:
        if wanted.is_of(it) if isinstance(wanted, Workload) else it.id == wanted:
            return it
    raise whose.not_there("link of this profile")


def _put(links: tuple[Link, ...], was: Identity, about: Link, case: Case) -> None:
    workload = {"crn": about.cluster, "namespace": about.namespace, "name": about.account}
    case.response.update(linkId=about.id, link=workload)
    trusting(replace(was.trust, links=links), was, case)
