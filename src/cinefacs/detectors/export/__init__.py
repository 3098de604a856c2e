"""From trained weights to a graph that runs without torch."""
