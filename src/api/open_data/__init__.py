"""Open data at addresses for ever: `/data/{election}/{form}/{slot}/{number}/{file}`.

Takes what was released (never what is embargoed, entered or practised), gives files that never change, to anybody.
"""
