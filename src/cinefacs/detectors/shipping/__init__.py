"""From a training to a folder of weights that others can use: calibrated, exported, described."""
