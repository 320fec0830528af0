"""What verification checks, a module each: every hash and every posting made again by statements of this room alone."""
