"""Management of corrections."""
