"""Series in GraphQL.

Takes an item and areas, gives observations with breaks and citations from `projections.series`.
"""
