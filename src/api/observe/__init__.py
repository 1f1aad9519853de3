"""What a running server tells an operator.

Takes the parts of requests as they begin and end (`reporting.watched`), gives metrics, traces and a line for each change; never a
figure, a name or words of people.
"""
