"""The student's pages of imaging."""
