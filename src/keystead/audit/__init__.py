"""The audit log: an append-only Merkle tree, its checkpoints, and what verifies them."""
