"""The editors' part of the schema: returns on their way through the offices.

Takes inputs, gives each as a command to the desk and its outcome or refusal as a type; reads boards and work lists.
"""
