"""On which unknown numbers a comparison of strategies turns."""
