"""What a drill of the simulated election takes from the demo: its invented figures.

Takes an election of the demo, gives the truth that a drill is played on.
"""
