"""Activities: what an organization publishes, and its shifts (班次): one time, place and task each, with a capacity.

A draft belongs to its organization alone; publishing asks whether it is volunteering at all and what is needed to be
safe. Leans on `areas` and `organizations`.
"""
