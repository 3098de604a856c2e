"""The weights that ship with cinefacs, and where they lie.

| file | what it is |
|---|---|
| ``fp16/``, ``int8/`` | OpenVINO graphs with their pages, for `cinefacs.inference` (no torch) |
| ``weights.safetensors``, ``weights.json`` | the same numbers in 16 bits, to train on from |
| ``weights.yaml`` | what they were made from, and the SHA-256 of every film they were adapted on |
| ``train.yaml`` | how they were trained: what ``make weights`` gives to ``cinefacs train`` |
| ``MODEL_CARD.md`` | what they can and cannot do, as measured |
"""
