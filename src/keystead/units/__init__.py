"""Crypto units: where key material is in the clear, and nowhere else."""
