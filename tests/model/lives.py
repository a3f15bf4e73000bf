"""What many steps on one key lead to: whole lives, and what is asked for at the very edge of a window."""

from collections.abc import Sequence
from itertools import permutations, product
from typing import Final

from model.bench import SERVICES, Bench
from model.deks import Deks
from model.events import NEWEST
from model.instance import SETTINGS
from model.machine import FLAGS, STRONG, TENANTS
from model.objects import Objects
from model.strangers import Strangers
from model.tokens import WAYS
from model.told import HEARD, SAYINGS
from model.waiting import SPANS
from model.walk import step

_SOME: Final = range(1, 10)  # numbers by which there is a key
_RING: Final = "ring-c"  # in which keys are for no other step
PLANS = (  # a digit says whose step it is, or which span passes
    "dualAuthDelete0 setKeyForDeletion1 wait0 delete2 wait1 restore0 metadata1 delete2",
    "dualAuthDelete0 setKeyForDeletion1 setKeyForDeletion0 unsetKeyForDeletion2 delete0 metadata1",
    "delete0 wait0 restore1 metadata2 wait1 delete0",
    "delete0 wait0 purge1 purge2 metadata2",
    "delete0 purge1 purge2 wait0 purge0 metadata2",
    "disable0 wait0 enable1 wrap2 disable0 delete1 wait1 restore2 wrap0",
    "register0 delete1 rotate1 register2 delete0 wait0 force1 wait0 restore0 registrations1",
    "rotate0 rotate1 wait0 rotate2",
    "rotate0 wrap1 rotate1 unwrap2 disable0 wait0 enable1 rewrap2",
    "wrap0 disable0 unwrap1 rewrap1 versions2 wrap1 enable0 wait0 enable2 versions2",
    "wrap0 rotate1 unwrap2 wait0 rotate0 unwrap1 wait1 unwrap2 metadata0",
)
STORIES: Final = (
    "rotate disable enable",
    "disable enable sync",
    "force restore sync",
    "sync force sync",
    "sync sync sync",
)
_THEN: Final = tuple(product((0, 31, 3601, 4 * 3600), repeat=3))
_RESOURCES: Final = (("storage", "one"), ("storage", "two"), ("database", "one"))
EDGES = (  # what is asked for at the edge of a window; a digit says which of the coming ones it is
    "disable edge0 enable",
    "disable edge1 enable",
    "delete edge0 restore",
    "delete edge1 restore",
    "delete edge1 purge",
    "delete edge2 restore",
    "delete edge3 round metadata",
    "delete edge4 round metadata",
    "rotate edge0 rotate",
    "rotate edge1 rotate",
    "rotation edge0 round metadata rotate",
    "rotation edge1 round metadata",
    "rotate rotation edge2 round metadata",
    "dualAuthDelete approve edge0 delete",
    "dualAuthDelete approve edge1 delete",
    "rotation edge1 rotate edge1 round metadata",
    "short edge1 wrap metadata",
    "short edge1 round metadata",
    "short delete edge1 restore",
)


class Machine(Objects, Deks, Strangers):
    """Asks the service and the model, and compares."""

    def begin(self, tenants: Sequence[int] = TENANTS) -> None:
        """Give tenants a key of each sort."""
        for tenant, (root, way) in product(tenants, ((True, None), (True, "plain"), (False, None))):
            self.make(tenant, "owner", 0, root=root, way=way)

    @step(
        5,
        tenant=TENANTS,
        number=_SOME,
        plan=PLANS,
        callers=tuple(product(STRONG, repeat=3)),
        spans=tuple(product(SPANS, repeat=2)),
    )
    def one_key_has_a_life(
        self, tenant: int, number: int, plan: str, callers: tuple[str, ...], spans: tuple[int, ...]
    ) -> None:
        """Who takes the steps of a plan and how much time passes is left open."""
        for part in plan.split():
            name, which = part[:-1], int(part[-1])
            if name == "wait":
                self.wait(spans[which])
            else:
                self.take(name, tenant, callers[which], number)

    @step(3, tenant=TENANTS, who=STRONG, number=_SOME, prevent=FLAGS, way=(None, "plain"))
    def registration_has_a_life(
        self, tenant: int, who: str, number: int, *, prevent: bool, way: str | None
    ) -> None:
        """A service moves on with its key and then back, and says what it said before; then it leaves."""
        self.register(tenant, None, number, owner="storage", resource="one", prevent=prevent)
        self.change(tenant, who, "delete", number, force=prevent)
        self.rotate(tenant, who, number, way)
        for version, tag in ((-1, "right"), (0, "right"), (-1, "older")):
            for whole in FLAGS:
                self.register_again(tenant, None, number, 0, version=version, tag=tag, whole=whole)
        self.change(tenant, who, "delete", number)
        self.deregister(tenant, None, number, 0)

    @step(3, tenant=TENANTS, who=STRONG, number=_SOME, prevent=tuple(product(FLAGS, repeat=3)))
    def key_protects_several(self, tenant: int, who: str, number: int, prevent: tuple[bool, ...]) -> None:
        """Two services keep a key; as soon as the last one lets it go it can be deleted, which is told."""
        for (owner, resource), flag in zip(_RESOURCES, prevent, strict=True):
            self.register(tenant, None, number, owner=owner, resource=resource, prevent=flag)
        for which in range(3):
            self.list_registrations(tenant, who, number, "true")
            self.change(tenant, who, "delete", number, force=True)
            self.register_again(tenant, None, number, which, prevent=False)
        for several in (_RESOURCES, _RESOURCES[:2]):
            self.deregister_several(tenant, None, number, several)

    @step(4, tenant=TENANTS, who=STRONG, number=_SOME, plan=STORIES, said=SAYINGS, spans=_THEN)
    def service_is_told(
        self, tenant: int, who: str, number: int, *, plan: str, said: str, spans: tuple[int, ...]
    ) -> None:
        """Whatever happens to a key, its service hears of it and says what it did."""
        for owner in SERVICES:
            self.register(tenant, None, number, owner=owner, resource="two")
        for part, span in zip(plan.split(), spans, strict=True):
            self.take(part, tenant, who, number)
            self.acknowledge(tenant, HEARD, NEWEST, said, None)
            self.wait(span)
            for version in (-1, 0):
                self.acknowledge(tenant, HEARD, NEWEST, said, version)
            self.deliver()
            self.list_registrations(tenant, who, number)

    @step(3, tenant=TENANTS, who=STRONG, number=_SOME, switches=SETTINGS, way=WAYS, months=(None, 1))
    def policy_has_a_life(
        self, tenant: int, who: str, number: int, switches: dict[str, bool], way: str, months: int | None
    ) -> None:
        """While keyCreateImportAccess is on, keys of every sort are asked for through both doors."""
        self.create_import_access(tenant, "manager", enabled=True, switches=switches)
        for root, source, overrides in product(FLAGS, dict.fromkeys((None, "plain", way)), FLAGS):
            self.make(
                tenant, who, number, root=root, way=source, overrides=overrides, policies=(months, False)
            )
        for more, source in enumerate((None, way, way)):
            self.rotate(tenant, who, number + more, source)
        self.create_import_access(tenant, "manager", enabled=False, switches=switches)

    @step(
        4,
        tenant=TENANTS,
        who=("owner", "owner", "manager"),
        numbers=tuple(permutations(_SOME, 2)),
        together=(False, True, True),
    )
    def ring_has_a_life(self, tenant: int, who: str, numbers: tuple[int, ...], *, together: bool) -> None:
        """Keys come into a ring and are destroyed, it is deleted as soon as it can be, and they return."""
        for number in numbers:
            self.make_ring(tenant, who, _RING)
            self.move(tenant, who, number, _RING)
            self.change(tenant, who, "delete", number, force=True)
            for force in () if together and number == numbers[0] else FLAGS:
                self.delete_ring(tenant, who, _RING, force=force)
        self.look_over(tenant)
        self.wait(31)
        for number in numbers:
            self.change(tenant, who, "restore", number)

    def meet_an_edge(self, plan: str, side: int) -> None:
        """The owner, who may do nearly everything, asks a microsecond before, at or after an edge."""
        tenant, number = 0, 3  # of the generated root key, which is the first of three
        for part in plan.split():
            if part.startswith("edge"):
                self.wait_for_an_edge(tenant, number, int(part[-1]), side)
            elif part == "round":
                self.make_a_round()
            elif part == "short":  # the fourth key, which is meant from here on
                self.make(tenant, "owner", 0, root=True, way=None, lives=600)
            elif part == "rotate":
                self.rotate(tenant, "owner", number, None)
            elif part == "approve":
                self.take("setKeyForDeletion", tenant, "manager", number)
            else:
                self.take(part, tenant, "owner", number)

    def take(self, name: str, tenant: int, who: str, number: int) -> None:
        """Take a step of a plan."""
        known = {
            "dualAuthDelete": lambda: self.policies(tenant, who, number, wish=True),
            "rotation": lambda: self.policies(tenant, who, number, wish=1),
            "metadata": lambda: self.read(tenant, who, number, name),
            "versions": lambda: self.read(tenant, who, number, name),
            "rotate": lambda: self.rotate(tenant, who, number, "plain" if number % 2 == 0 else None),
            "register": lambda: self.register(tenant, None, number, owner="storage", resource="one"),
            "registrations": lambda: self.list_registrations(tenant, who, number),
            "force": lambda: self.change(tenant, who, "delete", number, force=True),
            "wrap": lambda: self.wrap(tenant, who, number, ("a",)),
            "unwrap": lambda: self.open_last(name, tenant, who, number),
            "rewrap": lambda: self.open_last(name, tenant, who, number),
        }
        known.get(name, lambda: self.change(tenant, who, name, number))()


def begun(bench: Bench, tenants: Sequence[int] = TENANTS) -> Machine:
    """Return a machine in a world of its own, in which *tenants* have a key of each sort."""
    machine = Machine(bench)
    machine.begin(tenants)
    return machine
