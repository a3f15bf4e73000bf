"""Measurements over TLS against a real server, beside the bare handler in the same run."""
