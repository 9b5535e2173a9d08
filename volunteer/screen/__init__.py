"""大屏: the office wall's page. One sentence says how an area stands; the rest shows it, to be read from five metres.

`rules.py` makes the sentence and picks what lags, `queries.py` reads what is live, `passes.py` keeps the links that
open the page on a computer where nobody is signed in. It shows nobody by name, and no cell of few people. Leans on
metrics, maps and supervision.
"""
