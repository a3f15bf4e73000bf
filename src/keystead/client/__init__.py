"""The HTTP client that the command line and the tests share; it works against any Key Protect."""
