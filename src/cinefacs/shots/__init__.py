"""Cut films where the picture changes, and measure the cutting."""
