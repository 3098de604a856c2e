"""Sheets and picture folders of licensed micro-expression data sets into studies."""
