"""What time does: commands that nobody asks for, put to the dispatcher like any other."""
