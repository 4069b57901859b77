"""Small makers of rows, one module per app; each makes exactly what its name says."""
