"""志愿服务档案: all that is recorded of a volunteer, to read, to print and to take to another city.

Beside service (room `hours`): trainings 培训, commendations 表彰 and evaluations 评价, as 志愿服务记录与证明出具办法
lists them.
Our words: a *portable record* is the whole of it as JSON with proofs.
"""
