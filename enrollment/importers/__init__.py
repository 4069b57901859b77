"""Rosters as files: bytes in, typed rows and findings out; nothing here touches the database."""
