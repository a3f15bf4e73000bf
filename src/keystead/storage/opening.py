"""From an address to a store."""

from pathlib import Path

from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import Binder


async def open_store(url: str, binder: Binder, *, create: bool = True, origin: str = "local") -> Store:
    """Open the store at *url*.

    Stores are imported here, when their address is asked for: a start pays only for what it uses.

    Args:
        url: ``memory:``, ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or
            ``postgresql://user@host:port/database`` with libpq's parameters as its query.
        binder: keyed hashes that bind every record to its place.
        create: make or upgrade the tables when they are missing or old.
        origin: name of this process's audit log; `pending` returns only what was committed under it.

    Raises:
        ValueError: *url* has another form.
        Unavailable: the database cannot be reached, or its tables are not what this version needs.
        Tampered: never here; records are checked when they are read, by whoever reads them.
    """
    scheme, _, rest = url.partition(":")
    if url == "memory:":
        from keystead.storage.memory import MemoryStore  # noqa: PLC0415 - see above

        return MemoryStore()
    if scheme == "sqlite" and rest.startswith("///") and len(rest) > len("///"):
        from keystead.storage.sqlite import open_sqlite  # noqa: PLC0415 - see above

        return await open_sqlite(Path(rest.removeprefix("///")), binder, create=create, origin=origin)
    if scheme in ("postgresql", "postgres") and rest.startswith("//"):
        from keystead.storage.postgres import open_postgres  # noqa: PLC0415 - see above

        return await open_postgres(f"postgresql:{rest}", binder, create=create, origin=origin)
    raise ValueError("a store's address starts with memory:, sqlite:/// or postgresql://")
