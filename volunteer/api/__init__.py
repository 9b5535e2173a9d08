"""数据接口: the figures as JSON for the city's own data platform, read with a token and described by OpenAPI.

Our words: a *token* 令牌 is made by somebody of the office for an area of theirs, and shown once; a *door* is one
address of the interface. `doors.py` declares every door once, `answers.py` the shape of every answer: the routes, the
description and the page are made from them. Leans on metrics, which alone counts, and on surveys.
"""
