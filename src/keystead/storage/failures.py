"""What a driver's exceptions mean: try later, try again, or a mistake of ours that goes up as it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from keystead.domain.errors import KeysteadError, Unavailable
from keystead.storage.answers import overtaken

_SQLITE_LATER = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes that speak of the file, the disk or a lock. Source: https://www.sqlite.org/rescode.html."""

_POSTGRES_LATER = ("08", "53", "57", "58", "25006", "28", "3D", "55P03", "F0", "XX001", "XX002")
"""SQLSTATE prefixes: connection, resources, operator, system, read-only standby, login, no such database,
lock, configuration file, corrupted data or index. Source: PostgreSQL documentation, appendix A."""
_POSTGRES_AGAIN = ("40001", "40P01")
"""Serialization failure and deadlock."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a driver raises into `Unavailable` or `Conflict`; what is neither is a mistake of ours."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("The database has no free connection") from error
    except DBAPIError as error:
        raise_translated(error, error.orig)
    except sqlite3.Error as error:
        raise_translated(error, error)


def meaning(error: BaseException | None) -> KeysteadError | None:
    """Return what *error* of a driver means to a caller, or nothing for a mistake of ours."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        if state in _POSTGRES_AGAIN:
            return overtaken()
        return _unavailable() if state.startswith(_POSTGRES_LATER) else None
    # Without an SQLSTATE the server never answered: the connection is what failed.
    names = {base.__name__ for base in type(error).__mro__}
    return _unavailable() if names & {"OperationalError", "InterfaceError"} else None


def _of_sqlite(error: sqlite3.Error) -> KeysteadError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    return _unavailable() if code & 0xFF in _SQLITE_LATER else None


def _unavailable() -> Unavailable:
    return Unavailable("The database cannot be reached or written")


def raise_translated(error: Exception, cause: BaseException | None) -> NoReturn:
    """Raise what *error*, whose driver's exception is *cause*, means to a caller, or *error* itself."""
    told = meaning(cause)
    if told is None:
        raise error
    raise told from error
