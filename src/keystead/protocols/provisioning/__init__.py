"""The doors around instances: catalog, resource groups, resource controller, search and tags."""
