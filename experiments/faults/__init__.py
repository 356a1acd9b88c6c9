"""What runs, stores and readers do when something goes wrong, counted."""
