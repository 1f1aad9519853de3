"""The GraphQL door: schema, limits, execution."""
