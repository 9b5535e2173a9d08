"""Signups: a volunteer's place on a shift, or a wait for one.

Nobody is signed up twice or for two shifts at once, the capacity is never exceeded, and the line moves in the order
in which people joined it. Leans on `activities` and `volunteers`.
"""
