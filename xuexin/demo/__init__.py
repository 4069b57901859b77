"""The demonstration school: fictitious people with impossible birth years."""
