"""学历登记 at the desk: what stands in the way by every app's knowledge, and packs for the platform."""
