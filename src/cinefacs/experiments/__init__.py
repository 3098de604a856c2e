"""The paper's protocols: every table and figure from one command each."""
