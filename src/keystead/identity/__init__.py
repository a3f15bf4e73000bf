"""Who is calling: API keys, access tokens and their keys."""
