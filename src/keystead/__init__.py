"""Keystead: a key management service whose keys belong to the people who use it."""

__version__ = "0.1.0"
