"""What the service needs from the world. Drivers implement these; one shared suite each holds them to it."""
