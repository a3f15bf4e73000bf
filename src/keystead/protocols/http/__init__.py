"""What the HTTP doors share: reading requests with limits, and the routing application."""
