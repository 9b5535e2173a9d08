"""后台任务: long work that somebody asked for, done by a job with its progress shown, its file kept for a month.

A room that has long work registers a `Worker` under a kind in `operations.workers` (app.py fills it), asks by
`operations.ask`, and sends the asker to `tasks.show`. Leans on accounts, notices.
"""
