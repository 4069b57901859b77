"""清除演练: what hangs on a rehearsal, and how all of it goes."""
