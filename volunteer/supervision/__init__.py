"""督办和通报: an office asks for what is missing, by a day, and reads the answer; once a month it says how all stand.

Our words: order (督办通知单) with its steps and files, bulletin (通报) with its score. Leans on metrics for every
number, on notices, tasks, areas, organizations. What a bulletin or an order said when it went out never changes.
"""
