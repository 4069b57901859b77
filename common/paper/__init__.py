"""What every printed page shares: the font, text that fits, the watermark, the pen.

`fonts` and `fitting` make any name fit, `watermark` marks demonstrations, `pen` draws text by its
middle line; the forms themselves belong to their apps.
"""
