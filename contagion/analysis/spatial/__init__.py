"""Where strategies act: by state and place."""
