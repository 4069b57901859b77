"""Pages of the entrance and of one's own account."""
