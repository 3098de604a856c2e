"""The exam: how well weights, or an analysis, do on films whose truth is known."""
