"""The tree over the ledgers: what was written is provable, and nothing can be rewritten unseen.

Our words: *leaf* is the canonical JSON of one row with personal fields only as commitments; *seal* is the mac by which
a row proves that the program made it; *tile* 256 hashes; *checkpoint* a signed note about the tree's size and root.
What becomes a leaf belongs to rooms above, which say how in `sources`.
"""
