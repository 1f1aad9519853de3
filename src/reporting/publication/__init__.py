"""What goes public: takes returns as the desk's levels have approved them and gives releases, numbered and in the log, and
the files of each, which anybody can check.

`public` reads what is public already, `planned` says what a slot's next release would hold, `release` when it is due and makes
it; `package` makes its files and `package_check` looks
at them again. `kinds` keeps real and training elections apart by type, `live_or_training` releases each kind as itself:
the one way in for whatever publishes.
"""
