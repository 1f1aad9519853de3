"""Pure election knowledge: figures, areas, elections, returns and their events. No I/O in here.

Takes events and typed text, gives what stands and what may be: every answer a function of its arguments.
"""
