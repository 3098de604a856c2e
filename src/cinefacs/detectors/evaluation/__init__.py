"""One evaluator for all detectors."""
