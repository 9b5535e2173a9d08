"""测评档案: what assessors read. All year, items are collected against the clauses of an edition; one click packs them.

A dossier belongs to an area and a year. Leans on metrics (editions, figures), tasks and ledger, and on the
kernel's way of taking strangers' files apart.
"""
