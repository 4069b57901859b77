"""The class feedback sheet on paper: rows in, bytes out, no database.

`sheet` is the form as data, `ordering` its row order, `pdf` and `xlsx` print it; font and pen
are `common.paper`'s.
"""
