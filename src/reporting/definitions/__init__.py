"""Definition files (areas, elections) to domain models, with errors that name the place in the file."""
