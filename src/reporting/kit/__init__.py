"""What works without a line: a return as a workbook, and back again.

Takes returns as they stand, gives workbooks with the rules in them; takes a workbook that was typed, gives what each cell
was, is and is said to be, and hands in what was understood, by the desk's way. `plan` and `merge` are pure.
"""
