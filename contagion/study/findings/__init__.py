"""What a run says, as tables, figures and sections of the page."""
