"""What the API document says of this door: the schemas of each operation, and its row.

A new route needs a row here, under its action. The limits of what a request may hold are those of the
readers; tests hold each of them against the door, and every answer against its schema.
"""
