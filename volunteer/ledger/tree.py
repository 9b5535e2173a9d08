"""The Merkle tree of RFC 9162 over tiles of 256 hashes. Pure."""
