"""Migrations; run by `keystead.storage.upgrade` at a start that needs them."""
