"""What each exception of a driver means; a class that a new version brings must be thought about here."""

import sqlite3
from collections.abc import Iterator
from typing import TypeVar

import psycopg
import pytest
from psycopg import errors

from keystead.domain.errors import Conflict, Unavailable
from keystead.storage.failures import meaning, translated

T = TypeVar("T")

BUG = type(None)

# SQLSTATE classes as PostgreSQL's documentation lists them in appendix A; single codes come first.
STATES = {
    "40001": Conflict,
    "40P01": Conflict,
    "25006": Unavailable,  # a standby took the connection
    "55P03": Unavailable,
    "XX001": Unavailable,
    "XX002": Unavailable,
    "02": BUG,
    "03": BUG,
    "08": Unavailable,
    "09": BUG,
    "0": BUG,
    "10": BUG,
    "2": BUG,
    "28": Unavailable,
    "3": BUG,
    "3D": Unavailable,
    "40": BUG,
    "42": BUG,
    "44": BUG,
    "53": Unavailable,
    "54": BUG,
    "55": BUG,
    "57": Unavailable,
    "58": Unavailable,
    "72": BUG,
    "F0": Unavailable,
    "HV": BUG,
    "P0": BUG,
    "XX": BUG,
}
PYTHON_CLASSES = {
    psycopg.Error: BUG,
    psycopg.DatabaseError: BUG,
    psycopg.DataError: BUG,
    psycopg.IntegrityError: BUG,
    psycopg.InternalError: BUG,
    psycopg.NotSupportedError: BUG,
    psycopg.ProgrammingError: BUG,
    psycopg.InterfaceError: Unavailable,  # the connection is closed
    psycopg.OperationalError: Unavailable,  # no server answered
    errors.ConnectionTimeout: Unavailable,
    errors.CancellationTimeout: Unavailable,
    errors.PipelineAborted: Unavailable,  # we use no pipelines
    errors._WaitTimeout: Unavailable,
    psycopg.transaction.OutOfOrderTransactionNesting: BUG,
}
SQLITE_LATER = (
    "BUSY CANTOPEN CORRUPT FULL INTERRUPT IOERR LOCKED NOLFS NOMEM NOTADB PERM PROTOCOL READONLY".split()
)
SQLITE_BUG = (
    "ABORT AUTH CONSTRAINT EMPTY ERROR FORMAT INTERNAL MISMATCH MISUSE NOTFOUND RANGE SCHEMA TOOBIG".split()
)
CODES = {name: getattr(sqlite3, f"SQLITE_{name}") for name in (*SQLITE_LATER, *SQLITE_BUG)}
NO_ERROR = "OK ROW DONE NOTICE WARNING".split()
OTHERS = (  # what an authorizer is asked and answers, and flags of Python's own: no result codes
    "ANALYZE ATTACH DELETE DENY DETACH FUNCTION IGNORE INSERT PRAGMA READ RECURSIVE REINDEX SAVEPOINT SELECT "
    "TRANSACTION UPDATE PARSE_COLNAMES PARSE_DECLTYPES".split()
)


def every(of: type[T]) -> Iterator[type[T]]:
    yield of
    for below in of.__subclasses__():
        yield from every(below)


def expected(of: type[psycopg.Error]) -> object:
    state: str | None = getattr(of, "sqlstate", None)
    if state is None:
        return PYTHON_CLASSES[of]
    return STATES[max((known for known in STATES if state.startswith(known)), key=len)]


@pytest.mark.parametrize("of", sorted(set(every(psycopg.Error)), key=str))
def test_psycopg(of: type[psycopg.Error]) -> None:
    assert type(meaning(of())) is expected(of)


@pytest.mark.parametrize("of", sorted(set(every(sqlite3.Error)), key=str))
def test_sqlite_without_a_result_code_is_a_mistake_of_ours(of: type[BaseException]) -> None:
    assert meaning(of()) is None


def test_every_result_code_of_sqlite_was_thought_about() -> None:
    short = {name.removeprefix("SQLITE_") for name in dir(sqlite3) if name.count("_") == 1 and name.isupper()}
    assert short == {*SQLITE_LATER, *SQLITE_BUG, *NO_ERROR, *OTHERS}


@pytest.mark.parametrize("name", [*SQLITE_LATER, *SQLITE_BUG])
def test_sqlite(name: str) -> None:
    error = sqlite3.OperationalError("told")
    for extended in (0, 3 << 8):
        error.sqlite_errorcode = CODES[name] | extended
        assert type(meaning(error)) is (Unavailable if name in SQLITE_LATER else BUG)


def test_a_mistake_of_ours_goes_up_as_it_is() -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax"), translated():
        sqlite3.connect(":memory:").execute("SELEKT")
