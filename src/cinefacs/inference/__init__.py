"""Run exported detectors on pictures, without torch."""
