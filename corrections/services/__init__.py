"""Every write of corrections."""
