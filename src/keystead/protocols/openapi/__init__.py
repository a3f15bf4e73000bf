"""The OpenAPI document of the HTTP doors, made from their route tables, and a page that shows it."""
