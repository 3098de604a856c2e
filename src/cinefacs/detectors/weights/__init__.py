"""Weights as safetensors and JSON; a reader of public checkpoints that runs none of their code."""
