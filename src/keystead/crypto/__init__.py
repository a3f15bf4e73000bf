"""The crypto boundary: octets in, octets out. Only this package imports ``cryptography``."""
