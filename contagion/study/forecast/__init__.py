"""The command with task=forecast: forecasts of a record, their scores, and the page."""
