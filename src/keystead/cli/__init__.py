"""The ``keystead`` command, one file per group of subcommands."""
