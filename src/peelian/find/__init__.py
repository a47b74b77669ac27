"""Finding: one question, an answer that says why each thing was found, and what was not looked into.

Everything here is pure: rows that the gate has let through go in, plain answers come out.
"""
