"""Check-in: who was where, from when to when, as raw events that are never changed.

The venue shows a code that lives for seconds; scanning it is kept as a claim while its holder says who is present.
Leans on `activities` and `signups`.
"""
