"""Every write of imaging."""
