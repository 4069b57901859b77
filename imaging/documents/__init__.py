"""What imaging hands out: values in, bytes out, no database."""
