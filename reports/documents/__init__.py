"""A report as text, picture and paper: values in, bytes out, no database.

`pinyin` and `english` write it in Latin letters, `pdf` prints it, `qr` draws the address,
`signing` seals the file.
"""
