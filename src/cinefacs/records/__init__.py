"""The nouns that travel between the stages: frozen, checked at birth, no I/O."""
