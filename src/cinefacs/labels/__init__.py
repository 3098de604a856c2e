"""FACS labels: formats in and out, agreement of coders, consensus, licensed data sets."""
