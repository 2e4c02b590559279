"""Hardware behind small Protocols. No Qt."""
