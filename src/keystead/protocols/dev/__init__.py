"""The emulator's door: what only a development server lets a client do."""
