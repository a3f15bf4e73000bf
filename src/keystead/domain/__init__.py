"""What Keystead knows about keys, callers and rules: pure values and functions, no input or output."""
