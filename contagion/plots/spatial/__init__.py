"""Maps by state, and of hot spots."""
