"""Find, follow, judge and identify faces; gather them into characters."""
