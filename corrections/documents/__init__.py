"""The class feedback sheet on paper: rows in, bytes out, no database.

`sheet` is the sheet as data, `ordering` its row order, `form_pdf` draws its form; `layouts` makes the
other papers of the same data as a `table`, which `table_pdf` and `table_xlsx` print; `pdf` and `xlsx`
are the doors. Font, pen and code are `common.paper`'s.
"""
