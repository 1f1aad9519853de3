"""PostgreSQL: takes an address, gives connections by role, named SQL and a schema brought up to date by `migrations`."""
