"""What people think: campaigns with quotas, anonymous answers, and the results of surveys that the indicators read.

Nothing here joins an answer with a person or a ticket. Leans on areas; metrics reads results through `queries`.
"""
