"""Hours: presence becomes minutes, minutes become entries (服务记录) in a ledger that only grows.

A correction is a reversal and a new entry. What no scan proves waits for a second person. Leans on `checkin`.
"""
