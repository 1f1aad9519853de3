"""Returns on paper: forms to write on, documents to approve by seal, the proof sheet of names, and what their codes say later.

Takes returns as they stand, gives PDFs whose bytes are the same for the same state. What is printed needs the extra `paper`
(typst, segno, fonttools and a font); what a code says needs nothing.
"""
