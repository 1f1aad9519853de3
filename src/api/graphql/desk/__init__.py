"""The editors' part of the schema: returns on their way through the offices."""
