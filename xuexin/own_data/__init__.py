"""What people may do with everything held about them: read who looked, take a copy, close the account."""
