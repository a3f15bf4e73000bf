"""Where records rest: memory, SQLite and PostgreSQL behind one port."""
