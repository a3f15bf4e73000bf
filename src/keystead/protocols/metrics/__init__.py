"""What Prometheus scrapes: a table of metrics, their text form, and the door that serves it."""
