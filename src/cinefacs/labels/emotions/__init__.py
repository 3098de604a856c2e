"""Emotions by rule, from the action units that coders labelled."""
