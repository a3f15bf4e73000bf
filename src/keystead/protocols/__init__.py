"""The doors: each turns octets into commands and answers into octets."""
