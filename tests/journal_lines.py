"""The server's own log while a test runs, as an operator sees it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from keystead.journal import lines_to


@contextmanager
def journal_in(written: StringIO) -> Iterator[None]:
    """Have what is logged written to *written*."""
    root, handler = logging.getLogger(), lines_to(written)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
