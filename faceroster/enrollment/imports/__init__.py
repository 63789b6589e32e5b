"""Many people at once: a table, and the photos that go with it.

``table`` reads a file into rows, ``archive`` finds photos in a ZIP, ``plan`` says what the rows would
do, ``files`` keeps all of it sealed, ``services`` checks, starts and carries out a run.
"""
