"""测评档案: what assessors read. All year, items are collected against the clauses of an edition; one click packs them.

A dossier belongs to an area and a year. Leans on metrics (editions, figures), tasks, ledger, certificates' way of
opening strangers' files.
"""
