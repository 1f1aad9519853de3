"""Definition files (areas, elections) to domain models, with errors that name the place in the file.

Takes files, gives checked definitions, composed from templates where they name one.
"""
