"""What a drill of the simulated election takes from the demo: its invented figures."""
