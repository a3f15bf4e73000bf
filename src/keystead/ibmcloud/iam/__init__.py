"""Identities and API keys: `ibmcloud iam`."""
