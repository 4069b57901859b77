"""Writes of enrollment, one module per aggregate."""
