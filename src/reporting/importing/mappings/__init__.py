"""Mappings that come with the program.

Takes nothing and gives one `.toml` for each, named like it. Data, no code.
"""
