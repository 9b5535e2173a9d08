"""What looks odd about presence and entries, put before people in words; it never punishes by itself.

Our words: signal 诚信提示, verdict 判断. A signal about one presence holds its minutes for a second person. We lean on
`hours`, `stations` and `checkin`.
"""
