"""YOLOv8, its SMART variants, YOLOv5 and YOLOv3: backbones, necks and the head that they share."""
