"""What the pages are drawn with: libraries by npm lock, our own scripts and styles, and what builds them."""
