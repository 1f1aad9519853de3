"""What somebody may do, and what becomes of it.

Takes a command (`commands`, `desk_commands`) and the actor, gives its events to the log and says what stands now. The way of
a correction at the desk: `desk` opens the return (`opened`), asks who may (`authority`), lets `submission` decide with the
rules (`findings`), appends once (`acting`). `service` is the way in where no office looks at returns; `defining` of what an
election is.
"""
