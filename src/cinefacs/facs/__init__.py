"""What FACS says: action units, sides, intensities, emotions; pure, no I/O."""
