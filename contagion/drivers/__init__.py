"""What happens whatever the state does: one file per driver, each a final class like an intervention's."""
