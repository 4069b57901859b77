"""What imaging prints: values in, bytes out, no database."""
