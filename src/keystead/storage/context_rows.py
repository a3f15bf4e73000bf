"""Network zones and context rules in a SQL database: what holds for them when they are written."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from keystead.domain.changes import RecordWrite
from keystead.domain.context_rules import ContextRule
from keystead.domain.ports.unit import Binder
from keystead.domain.zones import Zone
from keystead.storage.contexts import Contexts
from keystead.storage.records import CONTEXT_RULES, ZONES
from keystead.storage.schema import CONTEXT_RULES as RULE_ROWS
from keystead.storage.schema import ZONES as ZONE_ROWS

_ZONES: Final = select(ZONE_ROWS).where(ZONE_ROWS.c.account == bindparam("account"))
_RULES: Final = select(RULE_ROWS).where(RULE_ROWS.c.account == bindparam("account"))


def settle_contexts(connection: Connection, binder: Binder, write: RecordWrite) -> None:
    """Do as `Contexts.settle`, where *write* is of a zone or a rule, in the transaction of the caller."""
    record = write.new or write.was
    if isinstance(record, Zone | ContextRule):
        place = {"account": record.account}
        zones = connection.execute(_ZONES, place).mappings()
        rules = connection.execute(_RULES, place).mappings()
        Contexts(
            tuple(ZONES.value(binder, row) for row in zones),
            tuple(CONTEXT_RULES.value(binder, row) for row in rules),
        ).settle(write)
