"""The IAM token door."""
