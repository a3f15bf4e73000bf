"""Instances and resource groups: `ibmcloud resource`."""
