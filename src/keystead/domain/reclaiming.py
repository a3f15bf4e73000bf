"""Deleted instances that can be had back for a while. Source: ``spec`` section 5.2 (RC-13)."""

from dataclasses import replace
from datetime import datetime, timedelta

from keystead.domain.errors import Refused
from keystead.domain.ids import IamId
from keystead.domain.instances import Instance, Reclamation
from keystead.domain.reasons import Reason


def deleted(it: Instance, by: IamId, now: datetime, after: timedelta, reclamation: str) -> Instance:
    """Return *it* as *by* deleted it: removed, or in a *reclamation* of this id where it has time."""
    if not after:
        return replace(it, removed_at=now, removed_by=by)
    return replace(it, reclamation=Reclamation(id=reclamation, at=now, by=by, until=now + after))


def removed(it: Instance, by: IamId, now: datetime) -> Instance:
    """Return *it* removed for good at the end of its reclamation; `Refused` where it is in none."""
    reclamation_of(it)
    return replace(it, removed_at=now, removed_by=by)


def restored(it: Instance, by: IamId, now: datetime) -> Instance:
    """Return *it* as it was before it was deleted.

    Raises:
        Refused: ``RECLAMATION_NOT_FOUND`` where it is in no reclamation, or the time for that is over.
    """
    if now >= reclamation_of(it).until:
        raise not_found()
    return replace(it, reclamation=None, restored_at=now, restored_by=by, updated_at=now, updated_by=by)


def require_reclaimed(it: Instance, now: datetime) -> None:
    """Raise `Refused` with ``TOO_EARLY`` unless the time in which *it* could be had back is over."""
    if it.state != "pending_reclamation" or now < reclamation_of(it).until:
        raise Refused(Reason.TOO_EARLY, "Time has nothing to do with this instance")


def reclamation_of(it: Instance) -> Reclamation:
    """Return the reclamation that *it* is in; `Refused` with ``RECLAMATION_NOT_FOUND``."""
    if it.state != "pending_reclamation" or it.reclamation is None:
        raise not_found()
    return it.reclamation


def not_found() -> Refused:
    """Return the refusal of a reclamation that is not there, or no more."""
    return Refused(Reason.RECLAMATION_NOT_FOUND, "There is no reclamation with this id")
