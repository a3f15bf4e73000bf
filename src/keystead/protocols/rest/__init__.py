"""The Key Protect v2 door."""
