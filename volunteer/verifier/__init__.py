"""Checks a certificate or a portable record without our server: `python -m volunteer.verifier`.

Needs this folder, Python, `cryptography` and `asn1crypto`, and nothing else of ours. docs/verify.md tells the formats,
so that anybody can write another one.
"""
