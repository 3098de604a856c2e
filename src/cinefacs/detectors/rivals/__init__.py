"""Faster R-CNN and SSD with VGG16, built from torchvision's parts (BSD-3-Clause)."""
