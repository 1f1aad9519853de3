"""The doors: HTTP and GraphQL, the console, the command line.

Takes requests of people and programs, gives what `projections.read` and `reporting` answer; decides nothing itself. `app` has
the addresses, `process` what runs beside them, `execute` one request, `gate` and `address_gate` what may come in at all.
"""
