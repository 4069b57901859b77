"""Readers of lists that schools deliver for corrections and the graduation audit. Pure."""
