"""The GraphQL door: schema, limits, execution.

Takes a checked request with its context, gives the answer: reads from one snapshot, changes by one command each.
"""
