"""Commands of corrections."""
