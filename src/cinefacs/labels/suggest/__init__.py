"""From blendshape scores to suggested action units: the mapping, the limits, the figure."""
