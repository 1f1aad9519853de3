"""Descriptions of past elections that come with the program.

Takes nothing and gives one folder for each, with its `history.toml`. Data, no code; the tables themselves stay where they were published.
"""
