"""The practice room: rehearsals opened and joined in a browser (`room`, `record`, `told`), and what a drill of the simulated
election takes from the demo, its invented figures (`truth`).

Takes the command service and a folder, gives `api.drills.Drills` to `create_app`; takes an election of the demo, gives the
truth that a drill is played on.
"""
