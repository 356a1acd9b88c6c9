"""Text, files and resources that several rooms use."""
