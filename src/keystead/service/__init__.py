"""One file per command, and the dispatcher that every command passes."""
