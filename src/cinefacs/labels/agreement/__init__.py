"""How far coders agree on action units and emotions."""
