"""Passing the audit log on: to a file, to syslog, to an HTTP collector."""
