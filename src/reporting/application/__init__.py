"""What somebody may do, and what becomes of it.

Takes a command (`commands`, `desk_commands`) and the actor, gives its events to the log and says what stands now. `desk`
names who decides what an office does with a return: each part opens it (`opened`), asks who may (`authority`), decides with
`submission` and the rules (`findings`) and appends once (`acting`, `once`). `figures` is the door of single cells; `service` the
way in where no office looks at returns; `defining` of what an election is. docs/CONTRIBUTING.md walks the way of a correction.
"""
