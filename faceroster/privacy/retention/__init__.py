"""How long each kind of data is kept, what will go and when, and the sweep that makes it go.

``rules`` says what is over, ``people`` who is erased whole and what holds that up, ``looking`` counts without
changing anything, ``sweeping`` deletes. The last two ask the same queries, so that a page shows what will
really happen.
"""
