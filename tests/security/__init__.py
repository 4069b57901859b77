"""Attacks that were tried, and stay tried."""
