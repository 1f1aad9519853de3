"""Series in GraphQL."""
