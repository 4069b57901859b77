"""What the portal's operations cost beside the least they could cost, measured in one run."""
