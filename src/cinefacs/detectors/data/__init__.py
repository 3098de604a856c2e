"""Labelled pictures: where they lie, and how they become what a network is shown."""
