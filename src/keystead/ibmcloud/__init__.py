"""The `ibmcloud` command, as far as key management needs it. Source: ``spec/cli.md``."""
