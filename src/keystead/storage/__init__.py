"""Where records rest: in memory, in SQLite or in PostgreSQL; one suite holds all three to one contract."""

from keystead.storage.opening import open_store

__all__ = ["open_store"]
