"""What goes to the province, and what comes back."""
