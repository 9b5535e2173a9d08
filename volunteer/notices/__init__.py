"""通知: what people are told without having asked, kept until they have read it.

Our words: a *notice* belongs to one account, says one thing, and leads to the page where something can be done.
"""
