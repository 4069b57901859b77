"""Tests that walk the project: what must hold for every file, model, address and task."""
