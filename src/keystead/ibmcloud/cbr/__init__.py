"""`ibmcloud cbr`: network zones and context rules."""
