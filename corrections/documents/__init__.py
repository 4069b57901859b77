"""The class feedback sheet on paper: rows in, bytes out, no database.

`sheet` is the form as data, `ordering` its row order, `pdf` and `xlsx` print it,
`fonts` and `fitting` make any name fit.
"""
