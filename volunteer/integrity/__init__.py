"""诚信: whether the ledgers hold, and how each organization records.

`flask ledger verify` asks every room's rows against the tree; the pages show an organization beside its peers, and the
office what is overdue. Our words: *fault* is something that cannot be right; *share* is minutes of one source of all.
"""
